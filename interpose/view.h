/* interpose/view.h - files that the program sees otherwise than the rest of the system. */
#ifndef TARN_INTERPOSE_VIEW_H
#define TARN_INTERPOSE_VIEW_H

/* Move this process into a mount namespace of its own, once, before view_file(). As an ordinary
 * user this needs a user namespace too, in which ids stay as they are. 0 or a negative errno. */
int view_begin(void);

/* Put a file with this content in the place of the existing file `path`. A descriptor of it for
 * view_rewrite(), close-on-exec, or a negative errno. */
int view_file(const char *path, const char *content);

/* Give the file new content, in place: who has it open sees it. 0 or a negative errno. */
int view_rewrite(int fd, const char *content);

#endif
