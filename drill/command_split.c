/* drill/command_split.c - a shell's line in its words, as far as scripts need it: quotes, '\' at
 * the end of a line, ';', "&&", "||", '|', '>'. */
#include "drill/command.h"

#include <ctype.h>
#include <string.h>

struct split {
    struct drill_run *r;
    const char *at;
};

static bool is_end(const char *at)
{
    return *at == '\0' || *at == '\n' || *at == ';' || strncmp(at, "&&", 2) == 0;
}

static bool skip_blanks(struct split *s)
{
    for (;;) {
        if (s->at[0] == '\\' && s->at[1] == '\n')
            s->at += 2;
        else if (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
            s->at++;
        else
            return !is_end(s->at);
    }
}

static bool is_blank(char c)
{
    return isspace((unsigned char)c) || c == '\0';
}

/* A word, without its quotes. */
static const char *take_word(struct split *s)
{
    char *word = script_alloc(&s->r->script, strlen(s->at) + 1), quote = '\0';
    size_t n = 0;

    for (; *s->at != '\0'; s->at++) {
        if (quote == '\0' && (is_blank(*s->at) || is_end(s->at) || *s->at == '|' || *s->at == '>'))
            break;
        if (quote == '\0' && s->at[0] == '\\' && s->at[1] == '\n')
            break;
        if (quote == '\0' && (*s->at == '"' || *s->at == '\''))
            quote = *s->at;
        else if (*s->at == quote)
            quote = '\0';
        else
            word[n++] = *s->at;
    }
    return word;
}

/* > FILE, 2>&1, &> FILE: where the output goes. */
static bool take_redirection(struct split *s, struct command *c)
{
    const char *at = s->at + (*s->at == '2' || *s->at == '&');

    if (*at != '>')
        return false;
    s->at = at + 1;
    skip_blanks(s);
    if (*s->at == '&')
        s->at++;
    c->into = take_word(s);
    return true;
}

static struct command *take_command(struct split *s, unsigned depth)
{
    struct command *c = script_alloc(&s->r->script, sizeof *c);

    while (skip_blanks(s)) {
        if (*s->at == '#') {
            s->at += strcspn(s->at, "\n");
            break;
        }
        if (strncmp(s->at, "||", 2) == 0) {
            s->at += 2;
            c->otherwise = take_command(s, depth + 1);
            return c;
        }
        if (*s->at == '|') {
            s->at++;
            c->reader = take_command(s, depth + 1);
            return c;
        }
        if (take_redirection(s, c))
            continue;
        if (c->n == COMMAND_WORDS || depth > COMMAND_DEPTH) {
            run_fail(s->r, "unsupported: a command of so many words");
            return c;
        }
        c->word[c->n++] = take_word(s);
    }
    return c;
}

struct command *command_split(struct drill_run *r, const char *text, const char **rest)
{
    struct split s = {.r = r, .at = text};
    struct command *c;

    while (isspace((unsigned char)*s.at) || *s.at == ';' || *s.at == '&')
        s.at++;
    if (*s.at == '\0')
        return NULL;
    c = take_command(&s, 0);
    *rest = s.at;
    return r->failed ? NULL : c;
}
