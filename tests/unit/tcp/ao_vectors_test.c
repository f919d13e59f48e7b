/* Tests of tcp/auth/tcp_ao.c: all vectors of RFC 9235. Secret "testvector", 10.11.12.13 and
 * 172.27.28.29 or fd00::1 and fd00::2, KeyIDs 61 and 84. What follows the header is a BGP OPEN, of
 * which only the sender's number and name differ. */
#include "base/array.h"
#include "base/bytes.h"
#include "tcp/auth/tcp_auth.h"
#include "tests/unit/rig.h"

#include <string.h>

enum direction { SYN, SYN_ACK, SENT, RECEIVED };

/* 4.1 to 7.2: a connection each. */
static const struct {
    bool six, aes, omit;
    uint32_t client_isn, server_isn;
    struct {
        const char *traffic_key, *header;
    } segments[4];
} connections[] = {
    {false,
     false,
     false,
     0xfbfbab5a,
     0x11c14261,
     {{"6d63ef1b02fe1509d4b1402707fd7b0416abb74f",
       "e9d700b3fbfbab5a00000000e002ffffcac40000020405b4010303080402080a00155ab700000000"
       "1d103d542ee437c6f8ede6d7c4d602e7"},
      {"d9e217e4834a80ca2f3fd8de2e41b8e6797fea96",
       "00b3e9d711c14261fbfbab5be012ffff37760000020405b4010303080402080a84a50beb00155ab7"
       "1d10543deeab0fe24c3010815116b3be"},
      {"d2e59c65ffc7b1a39347656463b70edc24a13d71",
       "e9d700b3fbfbab5b11c14262c0180104a16200000101080a00155ac184a50beb"
       "1d103d547064cf998cc6c315c2c2e2bf"},
      {"d9e217e4834a80ca2f3fd8de2e41b8e6797fea96",
       "00b3e9d711c14262fbfbab9ec0180100400c00000101080a84a50bf500155ac1"
       "1d10543da63f0ecbbb2e635c954deac7"}}},
    {false,
     false,
     true,
     0xcb0efbee,
     0xacd5b5e1,
     {{"30eaa1560cf0be57dab5c045229fb10a423cd7ea",
       "ff1200b3cb0efbee00000000e002ffff541f0000020405b4010303080402080a00024cce00000000"
       "1d103d5480af3cfeb85368937b8f9ec2"},
      {"b5b2896bb3664e8176b0edc6e799524101a8307f",
       "00b3ff12acd5b5e1cb0efbefe012ffff388e0000020405b4010303080402080a576772f300024cce"
       "1d10543d09306f9acea63a8c68cb9a70"},
      {"f3db1793d7910ecd806c34f155ea1f00345953e3",
       "ff1200b3cb0efbefacd5b5e2c01801046c4500000101080a00024cce576772f3"
       "1d103d54710608cc696c03a271c93aa5"},
      {"b5b2896bb3664e8176b0edc6e799524101a8307f",
       "00b3ff12acd5b5e2cb0efc32c018010046b600000101080a576772f300024cce"
       "1d10543d97766e48ac262de9ae61b4f9"}}},
    {false,
     true,
     false,
     0x787a1ddf,
     0xfadd6de9,
     {{"f5b8b3d5f34fdbb6eb8d4ab9660e60e3",
       "c4fa00b3787a1ddf00000000e002ffff5a0f0000020405b4010303080402080a00017ed000000000"
       "1d103d54e477e99c8040765498e55091"},
      {"4bc7571a486f3264bbd888474066b4b1",
       "00b3c4fafadd6de9787a1de0e012fffff3f20000020405b4010303080402080a93f4e9e800017ed0"
       "1d10543dd6ada7bc4cdd536d1769db5f"},
      {"8c8ae0e8371ec5cbb97ea79d90418391",
       "c4fa00b3787a1de0fadd6deac0180104950500000101080a00017ed093f4e9e8"
       "1d103d5477412742fa4dc433eff0973e"},
      {"4bc7571a486f3264bbd888474066b4b1",
       "00b3c4fafadd6dea787a1e23c0180100e7db00000101080a93f4e9e800017ed0"
       "1d10543df6d965a78382a74845f72dac"}}},
    {false,
     true,
     true,
     0x389bed71,
     0xd3844a6f,
     {{"2cdbae1392c49449fa92c4509735d50e",
       "da1c00b3389bed7100000000e002ffff70bf0000020405b4010303080402080a000185e100000000"
       "1d103d54c44e60cb31f7c0b1de3d2749"},
      {"3ce67a551869506b6347b633c50a624a",
       "00b3da1cd3844a6f389bed72e012ffffe4450000020405b4010303080402080ace459838000185e1"
       "1d10543d3a6abb207e49b1be7136db90"},
      {"035bc400a341ffe595f59f58005006ca",
       "da1c00b3389bed72d3844a70c0180104885100000101080a000185e1ce459838"
       "1d103d547585e9e9d5c3ec857b96f837"},
      {"3ce67a551869506b6347b633c50a624a",
       "00b3da1cd3844a70389bed72c0180100044900000101080ace459838000185e1"
       "1d10543d5c040fd9233304765c0982f4"}}},
    {true,
     false,
     false,
     0x176a833f,
     0x3f51994b,
     {{"625ec09d575836edc9b6428418bbf06989a361bb",
       "f7e400b3176a833f00000000e002ffff47210000020405a0010303080402080a0041d08700000000"
       "1d103d549033ec3d7334b64c5edd039f"},
      {"e4a37ada2a0afca8711434913fe138c771ebcb4a",
       "00b3f7e43f51994b176a8340e012ffffbfec0000020405a0010303080402080abd33129b0041d087"
       "1d10543df1cba346c3526163f71f1f55"},
      {"1ed82975f4ea444c61580c5bd90dbd61bbc91b7e",
       "f7e400b3176a83403f51994cc0180100329c00000101080a0041d091bd33129b"
       "1d103d54bf0805feb4ac7b163d6fcdf2"},
      {"e4a37ada2a0afca8711434913fe138c771ebcb4a",
       "00b3f7e43f51994c176a8383c0180100ee6e00000101080abd3312a50041d091"
       "1d10543d6c48125c11335bab9a07a797"}}},
    {true,
     false,
     true,
     0x020c1e69,
     0xeba3734d,
     {{"31a3faf69effae52931b7f845467315c270a4edc",
       "c6cd00b3020c1e6900000000e002ffffa41a0000020405a0010303080402080a009db95b00000000"
       "1d103d54885698b0530ed4d5a15f8346"},
      {"405108947f996575e7bdbc26d40216a2c7fa91bd",
       "00b3c6cdeba3734d020c1e6ae012ffff774d0000020405a0010303080402080a5ec99b70009db95b"
       "1d10543d3c546bad9743f12df8b8010d"},
      {"b34eed6a9396a669f1c4f4f57618f3656f52c7ab",
       "c6cd00b3020c1e6aeba3734ec018010083e600000101080a009db9655ec99b70"
       "1d103d5448bd093b1924e001192f5bf0"},
      {"405108947f996575e7bdbc26d40216a2c7fa91bd",
       "00b3c6cdeba3734e020c1eadc0180100716a00000101080a5ec99b7a009db965"
       "1d10543d559a819445b4fde98d9e1317"}}},
    {true,
     true,
     false,
     0x193cccec,
     0xa6744ecb,
     {{"fa5a2108882d39d0c71929175ab1b7b8",
       "f85a00b3193cccec00000000e002ffffde5d0000020405a0010303080402080a13e4ab9900000000"
       "1d103d5459b588107481ac6dc3927040"},
      {"cf1b1e225e06a63616764a067b46f4b1",
       "00b3f85aa6744ecb193cccede012ffffeabb0000020405a0010303080402080a71daabc813e4ab99"
       "1d10543ddc2843a84e78a6bcfdc5ed80"},
      {"6174c3557abed27574dba37185f00300",
       "f85a00b3193ccceda6744eccc0180100328000000101080a13e4aba371daabc8"
       "1d103d547b6a455c0d4f5f01835baab3"},
      {"cf1b1e225e06a63616764a067b46f4b1",
       "00b3f85aa6744ecc193ccd30c018010052f400000101080a71daabd313e4aba3"
       "1d10543dc1069b7dfd3d693a6df3f289"}}},
    {true,
     true,
     true,
     0xb01da74a,
     0xa6246145,
     {{"a94f511263e4093d35dd818c13bbbf53",
       "f28800b3b01da74a00000000e002ffff75ff0000020405a0010303080402080a14275b3b00000000"
       "1d103d543d45b4342de8bb1530847898"},
      {"92dea5bbc78b1d9f5b2952e9cd30642a",
       "00b3f288a6246145b01da74be012ffffa70c0000020405a0010303080402080a1782245b14275b3b"
       "1d10543d1d01f6c87c6f93acffa9d4b5"},
      {"4fb2086e402c679079ed65d4bf97693d",
       "f28800b3b01da74ba6246146c0180100c36d00000101080a14275b4f1782245b"
       "1d103d54290cf414ccb47a333276e7f8"},
      {"92dea5bbc78b1d9f5b2952e9cd30642a",
       "00b3f288a6246146b01da78ec0180100345100000101080a1782246514275b4f"
       "1d10543d99515ffcd5403499f619fd1b"}}},
};

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes written. */
static size_t from_hex(uint8_t *out, const char *hex)
{
    size_t n = 0;

    for (; hex[0] != '\0'; hex += 2)
        out[n++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
    return n;
}

static size_t open_message(uint8_t *out, bool six, enum direction way)
{
    size_t n =
        from_hex(out, "ffffffffffffffffffffffffffffffff00430104dabf00b40a0b0c0d2602060104000100"
                      "0102028000020202000202420002064104"
                      "0000dabf02084006006400010100");
    uint8_t last = way == SENT ? 0x79 : 0x7a;

    if (six) {
        store_be16(out + 20, 0xfde8);
        store_be16(out + 55, 0xfde8);
        memcpy(out + 24, (const uint8_t[]){1, 1, 1, last}, 4);
    } else if (way == RECEIVED) {
        store_be16(out + 20, 0xdac0);
        store_be16(out + 55, 0xdac0);
        memcpy(out + 24, (const uint8_t[]){172, 27, 28, 29}, 4);
    }
    return n;
}

static struct tarn_ip end_of(bool six, bool server)
{
    struct tarn_ip ip = {{0xfd, [15] = server ? 2 : 1}};

    return six ? ip : tarn_ip4(server ? 0xac1b1c1d : 0x0a0b0c0d);
}

static struct tcp_key key_of(bool aes, bool omit)
{
    struct tcp_key k = {.kind = TCP_AUTH_AO, .bytes = 10, .mac_bytes = 12, .omit_options = omit};

    k.algorithm = aes ? TARN_TCP_AO_AES_128_CMAC : TARN_TCP_AO_HMAC_SHA1;
    memcpy(k.secret, "testvector", 10);
    return k;
}

static void check(struct rig *r, size_t i, enum direction way)
{
    bool sent = way == SYN || way == SENT, six = connections[i].six;
    struct ip_info ip = {.src = end_of(six, !sent), .dst = end_of(six, sent)};
    struct tcp_key k = key_of(connections[i].aes, connections[i].omit);
    uint32_t ours = connections[i].client_isn, theirs = connections[i].server_isn;
    struct tcp_ao_isns isns = {seq(sent ? ours : theirs), seq(sent ? theirs : ours)};
    uint8_t header[60], want[TCP_MAC_BYTES], got[TCP_MAC_BYTES];
    struct pkt *p = pkt_get(r->st, 0, 100);
    struct tcp_signed s = {.ip = &ip, .head = header, .p = p, .mac_bytes = 12};

    s.head_bytes = (uint32_t)from_hex(header, connections[i].segments[way].header);
    s.mac_at = s.head_bytes - 12;
    if (way == SENT || way == RECEIVED)
        p->head_len = (uint32_t)open_message(p->head + p->head_off, six, way);
    if (way == SYN)
        isns.dst = seq(0);
    CHECK_EQ(tcp_ao_traffic_key(&k, &s, isns, got),
             from_hex(want, connections[i].segments[way].traffic_key));
    CHECK_MEM(got, want, connections[i].aes ? 16 : 20);
    tcp_ao_mac(r->st, &k, &s, isns, 0, got);
    CHECK_MEM(got, header + s.mac_at, 12);
    pkt_put(r->st, p);
}

TEST(tcp_ao, agrees_with_rfc_9235)
{
    struct rig r;

    rig_open(&r, 1);
    for (size_t i = 0; i < ARRAY_LEN(connections); i++)
        for (enum direction way = SYN; way <= RECEIVED; way++)
            check(&r, i, way);
    rig_close(&r);
}
