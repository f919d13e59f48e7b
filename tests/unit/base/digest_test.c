/* Tests of base/md5.h, base/sha1.h and base/aes128.h by the vectors of RFC 1321 A.5, FIPS 180,
 * RFC 2202 3, FIPS 197 C.1 and RFC 4493 4. */
#include "base/aes128.h"
#include "base/array.h"
#include "base/md5.h"
#include "base/sha1.h"
#include "tests/unit/test.h"

#include <stdbool.h>
#include <string.h>

/* Does `got` read so in hexadecimal? */
static bool is_hex(const uint8_t *got, size_t n, const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++)
        if (digits[got[i] >> 4] != hex[2 * i] || digits[got[i] & 15] != hex[2 * i + 1])
            return false;
    return hex[2 * n] == '\0';
}

/* A message of n bytes goes in whole, and in two pieces at every place. */
static void check_md5(const char *text, const char *hex)
{
    size_t n = strlen(text);

    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t out[MD5_BYTES];
        struct md5 m;

        md5_init(&m);
        md5_add(&m, text, cut);
        md5_add(&m, text + cut, n - cut);
        md5_end(&m, out);
        CHECK(is_hex(out, sizeof out, hex));
    }
}

TEST(md5, agrees_with_rfc_1321)
{
    check_md5("", "d41d8cd98f00b204e9800998ecf8427e");
    check_md5("a", "0cc175b9c0f1b6a831c399e269772661");
    check_md5("abc", "900150983cd24fb0d6963f7d28e17f72");
    check_md5("message digest", "f96b697d7cb7938d525a2f31aaf161d0");
    check_md5("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b");
    check_md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
              "d174ab98d277d9f5a5611c2c9f419d9f");
    check_md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890",
              "57edf4a22be3c955ac49da2e2107b67a");
}

static void check_sha1(const char *text, const char *hex)
{
    size_t n = strlen(text);

    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t out[SHA1_BYTES];
        struct sha1 s;

        sha1_init(&s);
        sha1_add(&s, text, cut);
        sha1_add(&s, text + cut, n - cut);
        sha1_end(&s, out);
        CHECK(is_hex(out, sizeof out, hex));
    }
}

TEST(sha1, agrees_with_fips_180)
{
    check_sha1("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check_sha1("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
               "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void check_hmac(const uint8_t *key, size_t key_bytes, const char *text, const char *hex)
{
    uint8_t out[SHA1_BYTES];
    struct hmac_sha1 h;

    hmac_sha1_init(&h, key, key_bytes);
    hmac_sha1_add(&h, text, strlen(text));
    hmac_sha1_end(&h, out);
    CHECK(is_hex(out, sizeof out, hex));
}

TEST(sha1, hmac_agrees_with_rfc_2202)
{
    uint8_t key[80];

    memset(key, 0x0b, sizeof key);
    check_hmac(key, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00");
    check_hmac((const uint8_t *)"Jefe", 4, "what do ya want for nothing?",
               "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xaa, sizeof key);
    check_hmac(key, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
               "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    check_hmac(key, 80, "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
               "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

TEST(aes128, agrees_with_fips_197)
{
    uint8_t key[AES128_BYTES], block[AES128_BYTES];
    struct aes128 a;

    for (unsigned i = 0; i < AES128_BYTES; i++) {
        key[i] = (uint8_t)i;
        block[i] = (uint8_t)(i * 0x11);
    }
    aes128_init(&a, key);
    aes128_encrypt(&a, block);
    CHECK(is_hex(block, sizeof block, "69c4e0d86a7b0430d8cdb78070b4c55a"));
}

/* RFC 4493 4: the first n bytes of one message. */
TEST(aes128, cmac_agrees_with_rfc_4493)
{
    static const uint8_t key[AES128_BYTES] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                              0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const uint8_t message[64] = {
        0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73,
        0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7,
        0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51, 0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4,
        0x11, 0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef, 0xf6, 0x9f, 0x24, 0x45,
        0xdf, 0x4f, 0x9b, 0x17, 0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10};
    static const struct {
        size_t n;
        const char *hex;
    } cases[] = {{0, "bb1d6929e95937287fa37d129b756746"},
                 {16, "070a16b46b4d4144f79bdd9dd04a287c"},
                 {40, "dfa66747de9ae63030ca32611497c827"},
                 {64, "51f0bebf7e3b9d92fc49741779363cfe"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t cut = 0; cut <= cases[i].n; cut++) {
            uint8_t out[AES128_BYTES];
            struct cmac_aes128 c;

            cmac_aes128_init(&c, key);
            cmac_aes128_add(&c, message, cut);
            cmac_aes128_add(&c, message + cut, cases[i].n - cut);
            cmac_aes128_end(&c, out);
            CHECK(is_hex(out, sizeof out, cases[i].hex));
        }
}
