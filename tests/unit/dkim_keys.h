/*
 * Public keys for the tests, in base64: SubjectPublicKeyInfo, but for BARE (RSAPublicKey) and
 * ED25519 (RFC 8463, appendix A.2). What is not a valid DKIM key says so.
 */
#ifndef TEST_DKIM_KEYS_H
#define TEST_DKIM_KEYS_H

#define RSA_2048                                                                                   \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq/77p/2ygJ9fEOTcpd5rOHJ1VxogfoUVh6c5"             \
    "1Z2pp36AoLl9OCEgbBjUJsEP5dK05NmjcQUxTmMiDJ1rpqO3roU731yQY6xs+MBlD1oWa3L0fPGwfXBe"             \
    "HtfMFgbMoOvUiK1spqe8urlQ9BVH3jx55/h1ZGmfbHvNSxDpxJe72IgS5772yGxsUjgfDO9anQDlvtrJ"             \
    "utfpdk9IH8gvTLCuItmj8Uy79FrXQOBOSTc07WIH7LjdqkxkPD6+PfOvPUAPBG0KlS+WO7Din9bF/HMz"             \
    "bDXpHQ67jM1XLoK1wwsyKthXMoY+xyCq5hCUBgglRXJ1m2hZ5G5SRwAS1xtxPQt8LQIDAQAB"
#define RSA_1024                                                                                   \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCpobtyUGo9tY8/5ISvlOiTtkrqF74rCx50Dsz5msX3"             \
    "oiLxbwstQG56d+8+HMw064nc1SgRA9YBUiW4FWq2fm5vawi4ikJvsqQ6YJxGMH2+rpeGw+FHo5wveWMX"             \
    "rclbdEZFk979xd4yyRcJ8A6vCYqCA2PWtwFh1JhNEBnQSR8a6wIDAQAB"
#define RSA_512                                                                                    \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKAzXD9R9M3bPnM0D4zno4nRNmfODYifArmRIx6H/R9HQwwd"             \
    "SUUKv+155DtZsn1/g8wvL5das7l/tAjFh0fVOnkCAwEAAQ=="
#define RSA_1023                                                                                   \
    "MIGeMA0GCSqGSIb3DQEBAQUAA4GMADCBiAKBgFwMJGdsDTchnMiaOrm8DXpgXgjlijf0/Y0ir5fnZLRO"             \
    "izMPUlTjdhHmA2itENt1niNL3ykn9F5THWAuk8q3033WYb98djBnRM5h8wDXKS2pbxgv9FH8/MNzAxDt"             \
    "hIA+163k2MzNnrQ6KVzqSeUPgx+jbxCJj68fueQHwi1cRrXbAgMBAAE="
#define RSA_1280                                                                                   \
    "MIG/MA0GCSqGSIb3DQEBAQUAA4GtADCBqQKBoQCxOe7mMg7QlnargpE8VVowxm380foBVaIpscMjtQRK"             \
    "ryieeVV1DhDn/LBoXaNTNCevRVyBAszgEbHPy2c0j/PnRj2+vkM7sKFV6KI0SUcR04XYP+yU9eNelFMk"             \
    "Tx07m+linXmANYXYdFnbZHTWT87iiOm7bVF2axWGvbhEGMvFiVezTplT3L3GzARj0iJ/HsPYpbpaf4Bm"             \
    "/yiFCKFjTxBjAgMBAAE="
#define BARE_2048                                                                                  \
    "MIIBCgKCAQEAq/77p/2ygJ9fEOTcpd5rOHJ1VxogfoUVh6c51Z2pp36AoLl9OCEgbBjUJsEP5dK05Nmj"             \
    "cQUxTmMiDJ1rpqO3roU731yQY6xs+MBlD1oWa3L0fPGwfXBeHtfMFgbMoOvUiK1spqe8urlQ9BVH3jx5"             \
    "5/h1ZGmfbHvNSxDpxJe72IgS5772yGxsUjgfDO9anQDlvtrJutfpdk9IH8gvTLCuItmj8Uy79FrXQOBO"             \
    "STc07WIH7LjdqkxkPD6+PfOvPUAPBG0KlS+WO7Din9bF/HMzbDXpHQ67jM1XLoK1wwsyKthXMoY+xyCq"             \
    "5hCUBgglRXJ1m2hZ5G5SRwAS1xtxPQt8LQIDAQAB"
#define BARE_512                                                                                   \
    "MEgCQQCgM1w/UfTN2z5zNA+M56OJ0TZnzg2InwK5kSMeh/0fR0MMHUlFCr/teeQ7WbJ9f4PMLy+XWrO5"             \
    "f7QIxYdH1Tp5AgMBAAE="
#define ECDSA                                                                                      \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjxKNHWxbcxQvrJxreju5U7bYspjoA9oBimXOYyBovtKw"             \
    "J41e0h07cjCtKO15tXVjH+oTT2F4Pn2ZlsdxBCq8MA=="
#define ED25519_INFO "MCowBQYDK2VwAyEAV6/eP2LGm4pAKxsnaqFu4qNCxoUV0TYSYoK/ztU5vUg="
#define ED25519      "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

#endif
