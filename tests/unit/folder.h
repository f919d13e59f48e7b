/* tests/unit/folder.h - a test program that includes this works in a new, empty folder, so that
 * runs at the same time do not meet; the folder goes with the program if the tests left it empty.
 */
#ifndef TARN_TESTS_UNIT_FOLDER_H
#define TARN_TESTS_UNIT_FOLDER_H

#include <stdlib.h>
#include <unistd.h>

static char folder_name[] = "/tmp/tarn-test-XXXXXX";

__attribute__((constructor)) static void folder_enter(void)
{
    if (mkdtemp(folder_name) == NULL || chdir(folder_name) < 0)
        abort();
}

__attribute__((destructor)) static void folder_leave(void)
{
    rmdir(folder_name);
}

#endif
