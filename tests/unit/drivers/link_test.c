/* tests/unit/drivers/link_test.c - a link is opened by its URI, or refused with a sentence that
 * helps. */
#include "tests/unit/drivers/bench.h"
#include "tests/unit/folder.h"

TEST(link, unknown_name_names_the_nearest)
{
    check_refused("tab:t0", -TARN_EINVAL, "link tab: no such link; did you mean tap?");
    check_refused("unx:/tmp/x", -TARN_EINVAL, "link unx: no such link; did you mean unix?");
    check_refused("quark", -TARN_EINVAL, "link quark: no such link; tarn run --help lists them");
}

TEST(link, later_links_say_so)
{
    check_refused("dpdk:0000:00:1f.6", -TARN_ENOSYS, "link dpdk: not in this version");
    check_refused("xdp:eth0", -TARN_ENOSYS, "link xdp: not in this version");
}

TEST(link, unknown_key_names_the_nearest)
{
    check_refused("tap:t0,ofload=on", -TARN_EINVAL,
                  "link tap: no key 'ofload'; did you mean offload?");
    check_refused("tap:t0,t1", -TARN_EINVAL, "link tap: no key 't1'; it takes NAME,offload=,fd=");
    check_refused("unix:/tmp/x,color=red", -TARN_EINVAL,
                  "link unix: no key 'color'; it takes PATH,mtu=");
    check_refused("unix:/tmp/x,mtu", -TARN_EINVAL,
                  "link unix: key 'mtu' has no value; give mtu=VALUE");
}

TEST(link, bad_values_are_named)
{
    check_refused("tap:t0,offload=maybe", -TARN_EINVAL,
                  "offload=maybe: neither on nor off; give one of them");
    check_refused("unix:/tmp/x,mtu=9x", -TARN_EINVAL,
                  "mtu=9x: not a number from 68 to 65535; give one");
    check_refused("unix:/tmp/x,mtu=67", -TARN_EINVAL,
                  "mtu=67: not a number from 68 to 65535; give one");
    check_refused("unix", -TARN_EINVAL,
                  "link unix: needs a path of 1 to 107 characters: unix:PATH");
    check_refused(
        "tap:much-too-long-name", -TARN_EINVAL,
        "link tap: \"much-too-long-name\" is no device; give a name of 1 to 15 characters: "
        "tap:NAME");
}

TEST(link, none_is_nothing_to_open)
{
    check_refused("none", -TARN_ENODEV, "link none: there is nothing to open; give another link");
    check_refused("none:x", -TARN_EINVAL,
                  "link none: there is nothing to open; give another link, or none alone");
}

TEST(link, wrappers_wrap)
{
    check_refused("impair:loss=1%", -TARN_EINVAL,
                  "link impair: wraps another link; give it as --impair SPEC after it");
    check_refused("capture:f", -TARN_EINVAL,
                  "link capture: wraps another link; give it as --pcap FILE after it");
}

TEST(link, bad_impairment_closes_the_link)
{
    struct tarn *st = pool_new();
    char error[ERROR_BYTES];
    struct link_request r = {
        .uri = "unix:test.sock", .impair = "los=1%", .error = error, .error_bytes = sizeof error};
    struct link *l;

    CHECK_EQ(link_open_uri(&l, st, &r), -TARN_EINVAL);
    CHECK(strstr(error, "loss") != NULL);
    r.impair = NULL;
    CHECK_EQ(link_open_uri(&l, st, &r), 0);
    CHECK(!l->caps.carrier); /* nobody listens there any more: this one is the first again */
    link_close(l);
    pool_end(st);
}

TEST(link, long_uri_is_refused)
{
    char *uri = malloc(5000);

    memset(uri, 'a', 4999);
    uri[4999] = '\0';
    check_refused(uri, -TARN_EINVAL,
                  "link aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...: longer than 4096 bytes; shorten it");
    free(uri);
}
