/* Tests of base/list.h against an array that says what the list must hold. */
#include "base/list.h"
#include "tests/unit/base/memory.h"

struct item {
    uint32_t name;
    struct list_node node, other;
};

static struct memory memory;
static struct item *item[8];
static struct list list;

static void start(void)
{
    struct arena *a = memory_arena(&memory);

    for (unsigned i = 0; i < 8; i++) {
        item[i] = arena_take(a, a, sizeof *item[i]);
        *item[i] = (struct item){.name = i};
    }
    list_init(&list, offsetof(struct item, node));
}

/* The list holds the items whose names are the digits of `want`, from both ends. */
static void check_names(const char *want)
{
    const void *base = memory.bytes;
    size_t n = strlen(want), i = 0;

    list_each (base, &list, struct item, it)
        CHECK_EQ(it->name, want[i++] - '0');
    CHECK_EQ(i, n);
    for (struct item *it = list_last(base, &list); it != NULL; it = list_prev(base, &list, it))
        CHECK_EQ(it->name, want[--i] - '0');
    CHECK_EQ(i, 0);
    CHECK_EQ(list_is_empty(&list), n == 0);
}

TEST(list, keeps_the_order_of_pushes_and_inserts)
{
    void *base = memory.bytes;

    start();
    check_names("");
    list_push_back(base, &list, item[1]);
    check_names("1");
    list_push_back(base, &list, item[2]);
    list_push_front(base, &list, item[0]);
    check_names("012");
    list_insert_after(base, &list, item[1], item[5]);
    list_insert_before(base, &list, item[1], item[4]);
    list_insert_before(base, &list, item[0], item[3]);
    list_insert_after(base, &list, item[2], item[6]);
    check_names("3041526");
}

TEST(list, remove_mends_both_sides)
{
    void *base = memory.bytes;

    start();
    for (unsigned i = 0; i < 4; i++)
        list_push_back(base, &list, item[i]);
    list_remove(base, &list, item[0]);
    check_names("123");
    list_remove(base, &list, item[2]);
    check_names("13");
    list_remove(base, &list, item[3]);
    list_remove(base, &list, item[1]);
    check_names("");
    list_push_front(base, &list, item[2]);
    check_names("2");
}

TEST(list, has_tells_without_a_walk)
{
    void *base = memory.bytes;

    start();
    CHECK(!list_has(&list, item[0]));
    list_push_back(base, &list, item[0]);
    CHECK(list_has(&list, item[0]));
    list_push_back(base, &list, item[1]);
    list_remove(base, &list, item[0]);
    CHECK(!list_has(&list, item[0]));
    CHECK(list_has(&list, item[1]));
}

TEST(list, pops_from_both_ends_and_empty_is_null)
{
    void *base = memory.bytes;

    start();
    for (unsigned i = 0; i < 3; i++)
        list_push_back(base, &list, item[i]);
    CHECK(list_pop_front(base, &list) == item[0]);
    CHECK(list_pop_front(base, &list) == item[1]);
    CHECK(list_pop_front(base, &list) == item[2]);
    CHECK(list_pop_front(base, &list) == NULL);
}

TEST(list, each_safe_may_remove)
{
    void *base = memory.bytes;

    start();
    for (unsigned i = 0; i < 6; i++)
        list_push_back(base, &list, item[i]);
    list_each_safe (base, &list, struct item, it)
        if (it->name % 2 == 0)
            list_remove(base, &list, it);
    check_names("135");
}

TEST(list, object_may_be_on_two)
{
    void *base = memory.bytes;
    struct list second;

    start();
    list_init(&second, offsetof(struct item, other));
    list_push_back(base, &list, item[0]);
    list_push_back(base, &list, item[1]);
    list_push_front(base, &second, item[0]);
    list_push_front(base, &second, item[1]);
    list_remove(base, &list, item[0]);
    check_names("1");
    CHECK(list_first(base, &second) == item[1]);
    CHECK(list_last(base, &second) == item[0]);
}
