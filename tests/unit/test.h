/* tests/unit/test.h - what a unit test is written with.
 *
 *     TEST(tcp_rtt, first_sample_sets_srtt)
 *     {
 *         ...
 *         CHECK_EQ(rtt.srtt_us, 100000);
 *     }
 *
 * A test is a function; the list of a file's tests is made by scripts/tests-main, which looks for
 * TEST( at the start of a line. A failed check ends its test and names file, line and values; the
 * other tests of the file go on. Output is TAP.
 *
 * Two runners stand behind this header: runner_cmocka.c where cmocka is found, runner_small.c,
 * which needs only the C library, for machines where it is not (32-bit, s390x). Tests cannot tell.
 */
#ifndef TARN_TESTS_UNIT_TEST_H
#define TARN_TESTS_UNIT_TEST_H

#include <stddef.h>
#include <stdint.h>

/* One test as the generated main() lists it; a list ends with a case whose name is NULL. */
struct test_case {
    const char *name; /* "group.name" */
    void (*run)(void);
};

#define TEST(group_, name_)              \
    void test_##group_##__##name_(void); \
    void test_##group_##__##name_(void)

/* Each ends the test when it does not hold. Integers are compared as long long. */
#define CHECK(cond_) ((cond_) ? (void)0 : test_fail(__FILE__, __LINE__, "not true: %s", #cond_))
#define CHECK_EQ(got_, want_) \
    test_check_eq(__FILE__, __LINE__, #got_, (long long)(got_), (long long)(want_))
#define CHECK_STR(got_, want_)     test_check_str(__FILE__, __LINE__, #got_, (got_), (want_))
#define CHECK_MEM(got_, want_, n_) test_check_mem(__FILE__, __LINE__, #got_, (got_), (want_), (n_))

/* Ends the test as failed, or as skipped for a reason; neither returns. */
_Noreturn void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void test_skip(const char *reason);

void test_check_eq(const char *file, int line, const char *what, long long got, long long want);
void test_check_str(const char *file, int line, const char *what, const char *got,
                    const char *want);
void test_check_mem(const char *file, int line, const char *what, const void *got, const void *want,
                    size_t n);

/* Runs the cases, or those alone whose names begin with `only` when it is not NULL. Returns the
 * exit status: 0 when every one passed or was skipped. */
int test_main(const struct test_case *cases, const char *only);

#endif
