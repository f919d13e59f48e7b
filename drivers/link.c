/* drivers/link.c - opens a link by its URI, and wraps impair and capture around it.
 *
 * A URI is NAME, NAME:VALUE or NAME:VALUE,KEY=VALUE,... A driver's `keys` say what it takes: bare
 * values by a name in capitals, keys with their '='. Values hold no comma. */
#include "tarn/link.h"

#include "drivers/arg.h"
#include "drivers/nearest.h"
#include "tarn/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARGS = 32, MAX_URI = 4096, MAX_HINT = 80 };

/* Links that the command line names and that come with later versions, or with a library that was
 * not found when this was built. */
static const struct absent {
    const char *name, *why;
} absent[] = {
    {"tun", "not in this version"},
    {"packet", "not in this version"},
    {"xdp", "not in this version"},
    {"serial", "not in this version"},
    {"shm", "not in this version"},
    {"dpdk", "not in this version"},
    {"slirp", "built without libslirp; install libslirp-dev and build again"},
    {"pcap", "built without libpcap; install libpcap-dev and build again"},
};
enum { N_ABSENT = sizeof absent / sizeof absent[0] };

/* Links that wrap another one, and the option that asks for each. */
static const struct wrapper {
    const char *name, *option;
} wrappers[] = {{"impair", "--impair SPEC"}, {"capture", "--pcap FILE"}};
enum { N_WRAPPERS = sizeof wrappers / sizeof wrappers[0] };

/* The arguments of one link; `text` is cut into its words. */
struct parsed {
    char text[MAX_URI];
    const char *name;
    struct link_arg args[MAX_ARGS];
    unsigned n_args;
};

static const struct link_ops *ops_find(const char *name)
{
    for (size_t i = 0; link_table[i] != NULL; i++)
        if (strcmp(link_table[i]->name, name) == 0)
            return link_table[i];
    return NULL;
}

static int name_unknown(const struct link_open *how, const char *name)
{
    struct nearest near = {.typed = name};
    char hint[MAX_HINT];

    for (unsigned i = 0; i < N_ABSENT; i++) {
        if (strcmp(absent[i].name, name) == 0)
            return arg_fail(how, TARN_ENOSYS, "link %s: %s", name, absent[i].why);
        nearest_try(&near, absent[i].name, strlen(absent[i].name));
    }
    for (size_t i = 0; link_table[i] != NULL; i++)
        nearest_try(&near, link_table[i]->name, strlen(link_table[i]->name));
    return arg_fail(how, TARN_EINVAL, "link %s: no such link%s", name,
                    near.name ? nearest_hint(&near, "", hint, sizeof hint)
                              : "; tarn run --help lists them");
}

static int too_many(const struct link_open *how, const struct parsed *u)
{
    return arg_fail(how, TARN_EINVAL, "link %s: more than %d values; leave one out", u->name,
                    MAX_ARGS);
}

/* Cut "a,b=c,d" into arguments. */
static int args_cut(struct parsed *u, char *text, const struct link_open *how)
{
    char *rest = text, *word;

    while ((word = strsep(&rest, ",")) != NULL) {
        char *value = strchr(word, '=');

        if (*word == '\0')
            continue;
        if (u->n_args == MAX_ARGS)
            return too_many(how, u);
        if (value != NULL)
            *value++ = '\0';
        u->args[u->n_args++] = value ? (struct link_arg){word, value} : (struct link_arg){"", word};
    }
    return 0;
}

static int uri_parse(struct parsed *u, const struct link_request *r, const struct link_open *how)
{
    char *end;

    if (strlen(r->uri) >= sizeof u->text)
        return arg_fail(how, TARN_EINVAL, "link %.32s...: longer than %d bytes; shorten it", r->uri,
                        MAX_URI);
    strcpy(u->text, r->uri);
    u->name = u->text;
    end = u->text + strcspn(u->text, ":,");
    if (*end != '\0') {
        *end = '\0';
        if (args_cut(u, end + 1, how) < 0)
            return -TARN_EINVAL;
    }
    for (unsigned i = 0; i < r->n_more; i++) {
        if (u->n_args == MAX_ARGS)
            return too_many(how, u);
        u->args[u->n_args++] = r->more[i];
    }
    return 0;
}

/* How many bare values a driver's `keys` name, and whether `key` is among the others, written with
 * its value or without; what is like it goes into `near`. */
struct keys {
    unsigned n_bare;
    bool found;
    struct nearest near;
};

static void keys_look(struct keys *k, const char *list, const char *key)
{
    *k = (struct keys){.near = {.typed = key}};
    while (*list != '\0') {
        size_t n = strcspn(list, ",");

        if (n > 0 && list[n - 1] == '=') {
            nearest_try(&k->near, list, n - 1);
            k->found |= strlen(key) == n - 1 && strncmp(key, list, n - 1) == 0;
        } else {
            k->n_bare += n > 0;
        }
        list += n + (list[n] == ',');
    }
}

static int key_unknown(const struct link_ops *ops, const struct link_open *how, const char *word,
                       const struct nearest *near)
{
    char hint[MAX_HINT];

    if (near->name == NULL)
        return arg_fail(how, TARN_EINVAL, "link %s: no key '%s'; it takes %s", ops->name, word,
                        ops->keys);
    return arg_fail(how, TARN_EINVAL, "link %s: no key '%s'%s", ops->name, word,
                    nearest_hint(near, "", hint, sizeof hint));
}

static int args_check(const struct link_ops *ops, const struct link_open *how)
{
    unsigned n_bare = 0;

    for (unsigned i = 0; i < how->n_args; i++) {
        const struct link_arg *a = &how->args[i];
        bool bare = a->key[0] == '\0';
        const char *word = bare ? a->value : a->key;
        struct keys k;

        keys_look(&k, ops->keys, word);
        if (bare && k.found)
            return arg_fail(how, TARN_EINVAL, "link %s: key '%s' has no value; give %s=VALUE",
                            ops->name, word, word);
        if (bare ? n_bare++ >= k.n_bare : !k.found)
            return key_unknown(ops, how, word, &k.near);
    }
    return 0;
}

static int open_one(struct link **out, struct tarn *st, const struct link_ops *ops,
                    const struct link_open *how)
{
    struct link *l;
    int rc = args_check(ops, how);

    if (rc < 0)
        return rc;
    l = calloc(1, ops->size);
    if (l == NULL)
        return arg_fail(how, TARN_ENOMEM, "link %s: out of memory; end another program", ops->name);
    l->ops = ops;
    l->st = st;
    l->name = how->over ? how->over->name : ops->name;
    rc = ops->open(l, how);
    if (rc < 0) {
        free(l);
        return rc;
    }
    *out = l;
    return 0;
}

/* Wrap `*l` in the link `name`; on failure the wrapped one is closed. */
static int wrap(struct link **l, const char *name, const struct link_request *r,
                const struct link_arg *args, unsigned n_args)
{
    struct link_open how = {.args = args,
                            .n_args = n_args,
                            .over = *l,
                            .seed = r->seed,
                            .error = r->error,
                            .error_bytes = r->error_bytes};
    const struct link_ops *ops = ops_find(name);
    int rc = ops ? open_one(l, (*l)->st, ops, &how) : name_unknown(&how, name);

    if (rc < 0)
        link_close(how.over);
    return rc;
}

static int wrap_all(struct link **l, const struct link_request *r)
{
    int rc = 0;

    if (r->impair != NULL) {
        struct link_arg args[] = {{"", r->impair}};

        rc = wrap(l, "impair", r, args, 1);
    }
    if (rc == 0 && r->capture != NULL) {
        char wall[24];
        struct link_arg args[] = {
            {"", r->capture}, {"name", r->name ? r->name : (*l)->name}, {"wall", wall}};

        snprintf(wall, sizeof wall, "%lld", (long long)r->wall_ns);
        rc = wrap(l, "capture", r, args, 3);
    }
    return rc;
}

const char *link_wrapper_option(const char *name)
{
    for (unsigned i = 0; i < N_WRAPPERS; i++)
        if (strcmp(wrappers[i].name, name) == 0)
            return wrappers[i].option;
    return NULL;
}

static int name_wrapper(const struct link_open *how, const char *name)
{
    const char *option = link_wrapper_option(name);

    if (option == NULL)
        return 0;
    return arg_fail(how, TARN_EINVAL, "link %s: wraps another link; give it as %s after it", name,
                    option);
}

int link_open_uri(struct link **out, struct tarn *st, const struct link_request *r)
{
    struct parsed u = {.n_args = 0};
    struct link_open how = {.seed = r->seed, .error = r->error, .error_bytes = r->error_bytes};
    const struct link_ops *ops;
    struct link *l;
    int rc = uri_parse(&u, r, &how);

    if (rc < 0)
        return rc;
    if (strcmp(u.name, "none") == 0)
        return arg_fail(&how, u.n_args > 0 ? TARN_EINVAL : TARN_ENODEV,
                        "link none: there is nothing to open; give another link%s",
                        u.n_args > 0 ? ", or none alone" : "");
    rc = name_wrapper(&how, u.name);
    if (rc < 0)
        return rc;
    ops = ops_find(u.name);
    if (ops == NULL)
        return name_unknown(&how, u.name);
    how.args = u.args;
    how.n_args = u.n_args;
    rc = open_one(&l, st, ops, &how);
    if (rc == 0)
        rc = wrap_all(&l, r);
    if (rc == 0)
        *out = l;
    return rc;
}

void link_close(struct link *l)
{
    l->ops->close(l);
    free(l);
}
