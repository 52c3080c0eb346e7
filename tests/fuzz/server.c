/* server.c - see server.h. */
#include "fuzz/server.h"

#include "fuzz/fuzz.h"
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

enum { ALERT = 21, DATA = 23 };            /* types of records (RFC 8446, 5.1) */
enum { HEADER = 5, TAG = 16, NONCE = 12 }; /* bytes */

const char server_certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBbTCCARKgAwIBAgIUHvsGlSvuQgCvoDUM4llXiQuUvOYwCgYIKoZIzj0EAwIw\n"
	"DzENMAsGA1UEAwwEZnV6ejAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw\n"
	"MFowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDhC\n"
	"aDfu7IK8fqA2HraDyLMMy70Eo7kO+4EtzVVzdNKBn4Yq66FPs1wnU5NcrxmaAGDH\n"
	"lft8SyG1t3dQEDdxhW+jSjBIMA8GA1UdEwEB/wQFMAMBAf8wFgYDVR0RBA8wDYIL\n"
	"cHVtcDEubG9jYWwwHQYDVR0OBBYEFCQufLVEmITIK3fSgV3s70hLzndGMAoGCCqG\n"
	"SM49BAMCA0kAMEYCIQCgk3HbisFYWvd3SMeFPOVftDw/wZm2O8anOy6O0qr4BwIh\n"
	"ANtJWcCGVq3GXj1R7+4hRs+gh9iLQZxGVlTo8UVYETVG\n"
	"-----END CERTIFICATE-----\n";

static const char server_key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkK7GARbjhDwYEjR7\n"
	"vTO25Iv14S6qdpelzgLFuSS83MGhRANCAAQ4Qmg37uyCvH6gNh62g8izDMu9BKO5\n"
	"DvuBLc1Vc3TSgZ+GKuuhT7NcJ1OTXK8ZmgBgx5X7fEshtbd3UBA3cYVv\n"
	"-----END PRIVATE KEY-----\n";

/* ---- memory ---- */

static size_t allocated;

static void *count_malloc(size_t size, const char *file, int line)
{
	void *at = malloc(size);
	(void)file;
	(void)line;
	allocated += malloc_usable_size(at);
	return at;
}

static void *count_realloc(void *old, size_t size, const char *file, int line)
{
	size_t had = malloc_usable_size(old);
	void *at = realloc(old, size);
	(void)file;
	(void)line;
	allocated += malloc_usable_size(at) - had;
	return at;
}

static void count_free(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	allocated -= malloc_usable_size(at);
	free(at);
}

void server_count_memory(void)
{
	MUST(CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) == 1);
}

size_t server_memory(void)
{
	return allocated;
}

/* ---- opening ---- */

static BIO *text_bio(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	MUST(bio);
	return bio;
}

static void keep_secret(const SSL *ssl, const char *line)
{
	struct server *s = SSL_get_app_data(ssl);
	const char *hex = strrchr(line, ' ');
	if (strncmp(line, "SERVER_TRAFFIC_SECRET_0 ", 24) != 0)
		return;
	MUST(strlen(hex + 1) == 2 * sizeof s->secret);
	for (size_t i = 0; i < sizeof s->secret; i++)
		MUST(sscanf(hex + 1 + 2 * i, "%2hhx", &s->secret[i]) == 1);
	s->known = true;
}

static SSL_CTX *make_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	BIO *certificate_text = text_bio(server_certificate), *key_text = text_bio(server_key);
	X509 *certificate = PEM_read_bio_X509(certificate_text, NULL, NULL, NULL);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key_text, NULL, NULL, NULL);
	MUST(context && SSL_CTX_use_certificate(context, certificate) == 1);
	MUST(SSL_CTX_use_PrivateKey(context, pkey) == 1);
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_keylog_callback(context, keep_secret);
	EVP_PKEY_free(pkey);
	X509_free(certificate);
	BIO_free(key_text);
	BIO_free(certificate_text);
	return context;
}

bool server_open(struct server *s, int version, const char *cipher)
{
	static SSL_CTX *context; /* stays: it is the same for all inputs */
	if (!context)
		context = make_context();
	memset(s, 0, sizeof *s);
	s->ssl = SSL_new(context);
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	MUST(s->ssl && s->in && s->out);
	BIO_set_mem_eof_return(s->in, -1);
	SSL_set_bio(s->ssl, s->in, s->out);
	SSL_set_accept_state(s->ssl);
	SSL_set_app_data(s->ssl, s);
	return SSL_set_min_proto_version(s->ssl, version) == 1 &&
	       SSL_set_max_proto_version(s->ssl, version) == 1 &&
	       SSL_set_ciphersuites(s->ssl, "TLS_AES_128_GCM_SHA256") == 1 &&
	       SSL_set_cipher_list(s->ssl, cipher) == 1;
}

void server_free(struct server *s)
{
	SSL_free(s->ssl);
}

/* ---- bytes ---- */

/* Says whether it is not an end, but more that is needed first. */
static bool wants(struct server *s, int rc)
{
	int error = SSL_get_error(s->ssl, rc);
	ERR_clear_error();
	s->dead |= error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
	s->closed |= error == SSL_ERROR_ZERO_RETURN && !s->dead;
	return error == SSL_ERROR_WANT_READ;
}

bool server_handshake(struct server *s)
{
	ERR_clear_error();
	int rc = SSL_do_handshake(s->ssl);
	if (rc != 1)
		wants(s, rc);
	s->complete |= rc == 1;
	return rc == 1;
}

void server_feed(struct server *s, struct slice bytes)
{
	size_t done;
	MUST(!bytes.len || BIO_write_ex(s->in, bytes.at, bytes.len, &done) == 1);
}

void server_take(struct server *s, struct bytes *wire)
{
	uint8_t block[4096];
	size_t n, at = wire->len;
	while (BIO_read_ex(s->out, block, sizeof block, &n) == 1)
		MUST(bytes_add(wire, slice_of(block, n)));
	for (; s->complete && at < wire->len; s->sealed++)
		at += HEADER + ((size_t)wire->at[at + 3] << 8 | wire->at[at + 4]);
}

size_t server_read(struct server *s, void *bytes, size_t size)
{
	size_t n = 0;
	if (s->closed || s->dead)
		return 0;
	ERR_clear_error();
	int rc = SSL_read_ex(s->ssl, bytes, size, &n);
	if (rc != 1)
		wants(s, rc);
	return rc == 1 ? n : 0;
}

bool server_write(struct server *s, struct slice bytes)
{
	size_t done;
	if (s->forges)
		return server_forge(s, DATA, bytes, 0);
	ERR_clear_error();
	bool wrote = SSL_write_ex(s->ssl, bytes.at, bytes.len, &done) == 1;
	ERR_clear_error();
	return wrote;
}

bool server_renewing(struct server *s)
{
	return SSL_in_init(s->ssl) || SSL_renegotiate_pending(s->ssl);
}

void server_renew(struct server *s, bool ask)
{
	if (s->dead || s->forges || server_renewing(s))
		return; /* OpenSSL mistakes a second for one of the client's */
	if (SSL_version(s->ssl) == TLS1_3_VERSION)
		SSL_key_update(
			s->ssl, ask ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
	else
		SSL_renegotiate(s->ssl);
	s->known = false;
	server_handshake(s);
}

void server_shutdown(struct server *s)
{
	static const uint8_t close_notify[] = {1, 0};
	if (s->forges && server_forge(s, ALERT, slice_of(close_notify, 2), 0))
		return;
	SSL_shutdown(s->ssl);
	ERR_clear_error();
}

/* ---- records of our own ---- */

/* A key that a secret gives (RFC 8446, 7.1), at most one hash long. */
static void expand(const uint8_t secret[32], const char *label, uint8_t *key, size_t size)
{
	uint8_t info[32], hash[32];
	size_t n = strlen(label);
	info[0] = 0;
	info[1] = (uint8_t)size;
	info[2] = (uint8_t)(6 + n);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = 0; /* no context */
	info[10 + n] = 1;
	MUST(HMAC(EVP_sha256(), secret, 32, info, 11 + n, hash, NULL));
	memcpy(key, hash, size);
}

/* Seals `size` bytes where they stand, behind a header and before room for the tag. */
static void seal(struct server *s, uint8_t *record, size_t size)
{
	uint8_t key_bytes[16], nonce[NONCE];
	int n;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	expand(s->secret, "key", key_bytes, sizeof key_bytes);
	expand(s->secret, "iv", nonce, sizeof nonce);
	for (int i = 0; i < 8; i++)
		nonce[NONCE - 1 - i] ^= (uint8_t)(s->sealed >> (8 * i));
	MUST(c && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key_bytes, nonce) == 1);
	MUST(EVP_EncryptUpdate(c, NULL, &n, record, HEADER) == 1);
	MUST(EVP_EncryptUpdate(c, record + HEADER, &n, record + HEADER, (int)size) == 1);
	MUST(EVP_EncryptFinal_ex(c, record + HEADER + size, &n) == 1);
	MUST(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, record + HEADER + size) == 1);
	EVP_CIPHER_CTX_free(c);
}

bool server_forge(struct server *s, uint8_t type, struct slice content, size_t padding)
{
	static uint8_t record[HEADER + (16 << 10) + 1 + 256 + TAG];
	size_t size = content.len + 1 + padding, done;
	if (!s->known || s->dead || HEADER + size + TAG > sizeof record)
		return false;
	s->forges = true;
	memset(record, 0, sizeof record);
	record[0] = DATA;
	record[1] = record[2] = 3;
	record[3] = (uint8_t)((size + TAG) >> 8);
	record[4] = (uint8_t)(size + TAG);
	if (content.len)
		memcpy(record + HEADER, content.at, content.len);
	record[HEADER + content.len] = type;
	seal(s, record, size);
	MUST(BIO_write_ex(s->out, record, HEADER + size + TAG, &done) == 1);
	return true;
}
