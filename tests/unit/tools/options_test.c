/* tests/unit/tools/options_test.c - how a line and the environment become options. */
#include "tools/options.h"

#include "tests/unit/test.h"
#include "tests/unit/tools/line.h"

struct got {
    struct options_common common;
    char calls[256]; /* "name=value " for each use, in order */
    char said[512];
    int status, argc;
    char **argv;
    struct line line;
};

static bool note(void *into, struct option_use *use, const char *name)
{
    struct got *got = into;
    size_t len = strlen(got->calls);

    if (use->value != NULL && strcmp(use->value, "bad") == 0)
        return option_refuse(use, "bad; give good");
    (void)snprintf(got->calls + len, sizeof got->calls - len, "%s=%s ", name,
                   use->value != NULL ? use->value : "-");
    return true;
}

static bool set_name(void *into, struct option_use *use)
{
    return note(into, use, "name");
}

static bool set_two_words(void *into, struct option_use *use)
{
    return note(into, use, "two-words");
}

static bool set_form(void *into, struct option_use *use)
{
    return note(into, use, "form");
}

static const struct option rows[] = {
    {"name", 'n', "NAME", "a name", set_name},
    {"two-words", 'w', NULL, "a flag", set_two_words},
    {"form", 0, "[=FORM]", "an optional value", set_form},
    {"coming", 0, NULL, NULL, NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static struct command command = {
    .name = "test",
    .operands = "[FILE]...",
    .about = "Tests.",
    .example = "tarn test -n x",
    .options = rows,
    .usage_status = 2,
};

static struct got *parse(const char *text)
{
    static struct got got;
    struct said said;

    memset(&got, 0, sizeof got);
    line_of(&got.line, text);
    got.argc = got.line.n;
    got.argv = got.line.words;
    said_begin(&said, &stderr);
    got.status = command_parse(&command, &got, &got.common, &got.argc, &got.argv);
    said_end(&said, got.said, sizeof got.said);
    return &got;
}

TEST(options, every_way_to_write_one)
{
    CHECK_STR(parse("test --name a --name=b -n c -nd")->calls, "name=a name=b name=c name=d ");
    CHECK_STR(parse("test --two-words -w -wnx --form --form=y")->calls,
              "two-words=- two-words=- two-words=- name=x form=- form=y ");
    CHECK_STR(parse("test --name=")->calls, "name= ");
    CHECK_STR(parse("test --name --form")->calls, "name=--form ");
}

TEST(options, operands_may_stand_between)
{
    struct got *got = parse("test a -w - b -- -w c");

    CHECK_EQ(got->status, COMMAND_GO_ON);
    CHECK_EQ(got->argc, 5);
    CHECK_STR(got->argv[0], "a");
    CHECK_STR(got->argv[1], "-");
    CHECK_STR(got->argv[2], "b");
    CHECK_STR(got->argv[3], "-w");
    CHECK_STR(got->argv[4], "c");
    CHECK(got->argv[5] == NULL);
    CHECK_STR(got->calls, "two-words=- ");
}

TEST(options, a_program_ends_them)
{
    struct got *got;

    command.runs_program = true;
    got = parse("test -w curl -w --name x");
    command.runs_program = false;
    CHECK_STR(got->calls, "two-words=- ");
    CHECK_EQ(got->argc, 4);
    CHECK_STR(got->argv[0], "curl");
    CHECK_STR(got->argv[3], "x");
}

TEST(options, common_ones_are_kept_apart)
{
    struct got *got = parse("test -vv --color=always");

    CHECK_EQ(got->common.verbosity, 2);
    CHECK_EQ(got->common.color, COLOR_ALWAYS);
    CHECK(options_colored(&got->common, 1));
    CHECK_EQ(parse("test -v -q")->common.verbosity, -1);
    CHECK_EQ(parse("test --color=pink")->status, 2);
}

TEST(options, refusals_say_what_was_tried_and_what_to_do)
{
    CHECK_STR(parse("test --nmae x")->said,
              "tarn: test: --nmae: no such option; did you mean --name?\n");
    CHECK_STR(parse("test --zzzzzz")->said, "tarn: test: --zzzzzz: no such option; see --help\n");
    CHECK_STR(parse("test -x")->said, "tarn: test: -x: no such option; see --help\n");
    CHECK_STR(parse("test --name")->said, "tarn: test: --name: needs a value; give NAME\n");
    CHECK_STR(parse("test -n")->said, "tarn: test: -n: needs a value; give NAME\n");
    CHECK_STR(parse("test --name -- x")->said, "tarn: test: --name: needs a value; give NAME\n");
    CHECK_STR(parse("test -n -- x")->said, "tarn: test: -n: needs a value; give NAME\n");
    CHECK_STR(parse("test --name=--")->calls, "name=-- ");
    CHECK_STR(parse("test --two-words=x")->said,
              "tarn: test: --two-words: takes no value; leave out =x\n");
    CHECK_STR(parse("test --name bad")->said, "tarn: test: --name bad: bad; give good\n");
    CHECK_EQ(parse("test --name bad")->status, 2);
}

TEST(options, a_later_version_has_it)
{
    struct got *got = parse("test --coming");

    CHECK_EQ(got->status, 2);
    CHECK_STR(got->said, "tarn: test: --coming: not in this version\n");
    setenv("TARN_COMING", "1", 1);
    got = parse("test");
    CHECK_EQ(got->status, 2);
    CHECK_STR(got->said, "tarn: test: TARN_COMING: not in this version\n");
    unsetenv("TARN_COMING");
}

TEST(options, a_wrong_line_stores_nothing)
{
    CHECK_STR(parse("test --name a --nmae")->calls, "");
}

TEST(options, the_environment_gives_what_the_line_does_not)
{
    setenv("TARN_NAME", "e", 1);
    setenv("TARN_TWO_WORDS", "1", 1);
    setenv("TARN_FORM", "z", 1);
    CHECK_STR(parse("test")->calls, "name=e two-words=- form=z ");
    CHECK_STR(parse("test --name a")->calls, "two-words=- form=z name=a ");
    setenv("TARN_TWO_WORDS", "0", 1);
    setenv("TARN_FORM", "1", 1);
    CHECK_STR(parse("test")->calls, "name=e form=- ");
    setenv("TARN_TWO_WORDS", "yes", 1);
    CHECK_STR(parse("test")->said, "tarn: test: TARN_TWO_WORDS=yes: not a switch; give 0 or 1\n");
    unsetenv("TARN_TWO_WORDS");
    setenv("TARN_NAME", "bad", 1);
    CHECK_STR(parse("test")->said, "tarn: test: TARN_NAME=bad: bad; give good\n");
    unsetenv("TARN_NAME");
    unsetenv("TARN_FORM");
    setenv("TARN_VERBOSE", "1", 1);
    CHECK_EQ(parse("test")->common.verbosity, 1);
    unsetenv("TARN_VERBOSE");
}

TEST(options, help_names_every_option_and_has_an_example)
{
    struct said said;
    char text[4096];
    int status;

    said_begin(&said, &stdout);
    status = parse("test --nonsense-first=no --help")->status;
    said_end(&said, text, sizeof text);
    CHECK_EQ(status, 2); /* a wrong line is refused even with --help behind it */

    said_begin(&said, &stdout);
    status = parse("test --name bad --help")->status;
    said_end(&said, text, sizeof text);
    CHECK_EQ(status, 0);
    CHECK(strstr(text, "usage: tarn test [OPTION]... [FILE]...") != NULL);
    CHECK(strstr(text, "-n, --name NAME") != NULL);
    CHECK(strstr(text, "--form[=FORM]") != NULL);
    CHECK(strstr(text, "--coming") == NULL);
    CHECK(strstr(text, "example:\n  tarn test -n x") != NULL);
}
