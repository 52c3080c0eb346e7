/* tls.c - see tls.h. */
#include "adapter/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* owned by the ssl */
	BIO *held;     /* written during a renegotiation, up to HELD_MAX */
	bool verify;
	char failure[TLS_TEXT_MAX]; /* why it failed, for good; empty: it did not */
};

enum { HELD_MAX = 1 << 20 };

/* ---- reasons ---- */

static void say_library(char why[TLS_TEXT_MAX], const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	int alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;
	if (code && !reason && alert >= 0 && alert <= 255)
		snprintf(why, TLS_TEXT_MAX, "%s: the peer sent alert %d", what, alert);
	else
		snprintf(why, TLS_TEXT_MAX, "%s%s%s", what, reason ? ": " : "",
			reason ? reason : "");
	ERR_clear_error();
}

/* Says whether the certificate that was refused has no name at all in the place for names. */
static bool is_nameless(const struct tls *t)
{
	const STACK_OF(X509) *chain = SSL_get0_verified_chain(t->ssl);
	X509 *leaf = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : NULL;
	return leaf && X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1) < 0;
}

static void say_failure(const struct tls *t, char why[TLS_TEXT_MAX])
{
	long verdict = SSL_get_verify_result(t->ssl);
	bool name = verdict == X509_V_ERR_HOSTNAME_MISMATCH ||
		    verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
	if (t->verify && name && is_nameless(t))
		snprintf(why, TLS_TEXT_MAX,
			"the certificate is refused: it names no host (subjectAltName), and a "
			"common name does not count");
	else if (t->verify && verdict != X509_V_OK)
		snprintf(why, TLS_TEXT_MAX, "the certificate is refused: %s",
			X509_verify_cert_error_string(verdict));
	else
		say_library(why, "TLS");
	ERR_clear_error();
}

/* ---- opening ---- */

/* Refuses to ask for a passphrase: a key that needs one is not for unattended use, and OpenSSL
 * would ask on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *unused)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)unused;
	return -1;
}

static bool trust(struct tls *t, const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	char what[300];
	if (!c->ca)
		return SSL_CTX_set_default_verify_paths(t->context) == 1;
	if (SSL_CTX_load_verify_locations(t->context, c->ca, NULL) == 1)
		return true;
	if (access(c->ca, R_OK) != 0) {
		snprintf(why, TLS_TEXT_MAX, "cannot read ca=%.250s: %s", c->ca, strerror(errno));
		return false;
	}
	snprintf(what, sizeof what, "no certificates to trust in ca=%.250s", c->ca);
	say_library(why, what);
	return false;
}

static bool identify(struct tls *t, const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	char what[300];
	const char *key = c->key ? c->key : c->cert;
	if (!c->cert)
		return true;
	if (SSL_CTX_use_certificate_chain_file(t->context, c->cert) != 1) {
		snprintf(what, sizeof what, "no certificate in cert=%.250s", c->cert);
		say_library(why, what);
		return false;
	}
	if (SSL_CTX_use_PrivateKey_file(t->context, key, SSL_FILETYPE_PEM) == 1)
		return true;
	snprintf(what, sizeof what, "no key for the certificate in key=%.250s", key);
	say_library(why, what);
	return false;
}

/* Sets the name to verify.  Only a name in the place for names counts; a common name is a text for
 * people (RFC 9525, 6.3). */
static bool expect_name(struct tls *t, const struct tls_config *c)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, c->name) == 1)
		return true; /* a numeric address has no SNI */
	return SSL_set1_host(t->ssl, c->name) == 1 &&
	       SSL_set_tlsext_host_name(t->ssl, c->name) == 1;
}

static bool limit_version(struct tls *t, const struct tls_config *c)
{
	static const int versions[] = {
		TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
	int wanted = versions[c->oldest];
	if (wanted < TLS1_2_VERSION)
		SSL_CTX_set_security_level(t->context, 0);
	if (!c->oldest_said && SSL_CTX_get_min_proto_version(t->context) > wanted)
		return true;
	return SSL_CTX_set_min_proto_version(t->context, wanted) == 1;
}

/* Gives the context what both sides need. */
static bool prepare(struct tls *t, const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	if (!t->context || !limit_version(t, c)) {
		say_library(why, "TLS");
		return false;
	}
	SSL_CTX_set_default_passwd_cb(t->context, no_passphrase);
	SSL_CTX_set_mode(t->context, SSL_MODE_RELEASE_BUFFERS);
	return true;
}

/* Makes the engine of the context; c: what is asked of the peer; NULL: nothing, it calls us. */
static bool attach(struct tls *t, const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	t->ssl = SSL_new(t->context);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	t->held = BIO_new(BIO_s_mem());
	if (!t->ssl || !t->in || !t->out || !t->held || (c && !expect_name(t, c))) {
		BIO_free(t->in);
		BIO_free(t->out);
		say_library(why, "TLS");
		return false;
	}
	BIO_set_mem_eof_return(t->in, -1); /* empty: more may come */
	SSL_set_bio(t->ssl, t->in, t->out);
	if (c)
		SSL_set_connect_state(t->ssl);
	else
		SSL_set_accept_state(t->ssl);
	return true;
}

static bool tls_make(struct tls *t, const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	t->context = SSL_CTX_new(TLS_client_method());
	if (!prepare(t, c, why))
		return false;
	SSL_CTX_set_verify(t->context, c->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	return (!c->verify || trust(t, c, why)) && identify(t, c, why) && attach(t, c, why);
}

static void engine_close(struct tls *t)
{
	if (!t)
		return;
	BIO_free(t->held);
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	free(t);
}

static struct tls *engine_open(const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	struct tls *t = calloc(1, sizeof *t);
	snprintf(why, TLS_TEXT_MAX, "TLS: no memory");
	if (!t)
		return NULL;
	t->verify = c->verify;
	if (tls_make(t, c, why))
		return t;
	engine_close(t);
	return NULL;
}

/* ---- serving ---- */

enum { CERTIFICATE_DAYS = 365, SERIAL_BITS = 63 };

struct tls_server {
	SSL_CTX *context;
};

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&context);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool good = extension && X509_add_ext(x, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

/* Names the machine itself, and the address at which it listens. */
static bool add_names(X509 *x, const char *name)
{
	char names[TLS_TEXT_MAX];
	ASN1_OCTET_STRING *numeric = a2i_IPADDRESS(name);
	snprintf(names, sizeof names, "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
		numeric ? ",IP:" : "", numeric ? name : "");
	ASN1_OCTET_STRING_free(numeric);
	return add_extension(x, NID_subject_alt_name, names);
}

static bool add_serial(X509 *x)
{
	BIGNUM *number = BN_new();
	bool good = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
		    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
	BN_free(number);
	return good;
}

/* Makes a certificate that signs itself. */
static X509 *certificate_new(EVP_PKEY *key, const char *name)
{
	static const unsigned char common[] = "wilco simulate";
	X509 *x = X509_new();
	X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;
	bool good =
		subject && X509_set_version(x, X509_VERSION_3) == 1 && add_serial(x) &&
		X509_gmtime_adj(X509_getm_notBefore(x), -3600) &&
		X509_gmtime_adj(X509_getm_notAfter(x), CERTIFICATE_DAYS * 24L * 3600) &&
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
		X509_set_issuer_name(x, subject) == 1 && X509_set_pubkey(x, key) == 1 &&
		add_extension(x, NID_basic_constraints, "critical,CA:TRUE") && add_names(x, name) &&
		X509_sign(x, key, EVP_sha256()) > 0;
	if (good)
		return x;
	X509_free(x);
	return NULL;
}

/* Makes a key and a certificate of our own, which live as long as the context. */
static bool invent(SSL_CTX *context, const char *name, char why[TLS_TEXT_MAX])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? certificate_new(key, name) : NULL;
	bool good = x && SSL_CTX_use_certificate(context, x) == 1 &&
		    SSL_CTX_use_PrivateKey(context, key) == 1;
	if (!good)
		say_library(why, "cannot make a certificate");
	X509_free(x);
	EVP_PKEY_free(key);
	return good;
}

static void add_fingerprint(SSL_CTX *context, char out[TLS_FINGERPRINT_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	X509 *x = SSL_CTX_get0_certificate(context);
	out[0] = 0;
	if (!x || X509_digest(x, EVP_sha256(), digest, &size) != 1)
		return;
	for (unsigned i = 0; i < size; i++)
		snprintf(out + 3 * i, TLS_FINGERPRINT_MAX - 3 * i, "%02X%s", digest[i],
			i + 1 < size ? ":" : "");
}

static bool server_make(struct tls *t, const struct tls_config *c, char why[TLS_TEXT_MAX])
{
	t->context = SSL_CTX_new(TLS_server_method());
	if (!prepare(t, c, why) || (c->ca && !trust(t, c, why)))
		return false;
	if (c->ca)
		SSL_CTX_set_verify(
			t->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_id_context(t->context, (const unsigned char *)"wilco", 5);
	return c->cert ? identify(t, c, why) : invent(t->context, c->name, why);
}

static struct tls_server *server_open(
	const struct tls_config *c, char fingerprint[TLS_FINGERPRINT_MAX], char why[TLS_TEXT_MAX])
{
	struct tls made = {0};
	struct tls_server *s = calloc(1, sizeof *s);
	snprintf(why, TLS_TEXT_MAX, "TLS: no memory");
	if (s && server_make(&made, c, why)) {
		s->context = made.context;
		add_fingerprint(s->context, fingerprint);
		return s;
	}
	SSL_CTX_free(made.context);
	free(s);
	return NULL;
}

static void server_close(struct tls_server *s)
{
	if (s)
		SSL_CTX_free(s->context);
	free(s);
}

static struct tls *server_accept(const struct tls_server *s, char why[TLS_TEXT_MAX])
{
	struct tls *t = calloc(1, sizeof *t);
	snprintf(why, TLS_TEXT_MAX, "TLS: no memory");
	if (!t)
		return NULL;
	SSL_CTX_up_ref(s->context);
	t->context = s->context;
	t->verify = SSL_CTX_get_verify_mode(s->context) != SSL_VERIFY_NONE;
	if (attach(t, NULL, why))
		return t;
	engine_close(t);
	return NULL;
}

/* ---- bytes ---- */

/* Drops what comes behind the end, which nothing reads any more. */
static bool engine_feed(struct tls *t, const void *bytes, size_t size)
{
	size_t done;
	if (*t->failure || (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN))
		return true;
	return BIO_write_ex(t->in, bytes, size, &done) == 1 && done == size;
}

static size_t engine_take(struct tls *t, void *bytes, size_t size)
{
	size_t done = 0;
	return BIO_read_ex(t->out, bytes, size, &done) == 1 ? done : 0;
}

/* Keeps the reason.  Returns false. */
static bool fail(struct tls *t, char why[TLS_TEXT_MAX])
{
	say_failure(t, why);
	memcpy(t->failure, why, sizeof t->failure);
	return false;
}

/* The peer began a renegotiation, and said its last word before that was over. */
static bool fail_unsent(struct tls *t, char why[TLS_TEXT_MAX])
{
	snprintf(why, TLS_TEXT_MAX,
		"TLS: the peer ended during a renegotiation, and what was written was not sent");
	memcpy(t->failure, why, sizeof t->failure);
	return false;
}

static enum tls_result result(struct tls *t, int rc, char why[TLS_TEXT_MAX])
{
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		fail(t, why);
		return TLS_FAILED;
	}
}

/* Says whether it failed before.  OpenSSL, asked again, has no reason any more, and takes an alert
 * for a close_notify. */
static bool has_failed(const struct tls *t, char why[TLS_TEXT_MAX])
{
	ERR_clear_error();
	if (!*t->failure)
		return false;
	memcpy(why, t->failure, sizeof t->failure);
	return true;
}

static enum tls_result engine_handshake(struct tls *t, char why[TLS_TEXT_MAX])
{
	if (has_failed(t, why))
		return TLS_FAILED;
	int rc = SSL_do_handshake(t->ssl);
	return rc == 1 ? TLS_OK : result(t, rc, why);
}

static bool hold(struct tls *t, const void *bytes, size_t size, char why[TLS_TEXT_MAX])
{
	size_t done;
	if (BIO_pending(t->held) + size <= HELD_MAX &&
		BIO_write_ex(t->held, bytes, size, &done) == 1)
		return true;
	snprintf(why, TLS_TEXT_MAX, "TLS: too much to send during a renegotiation");
	return false;
}

/* Sends what was held once the renegotiation is over. */
static bool let_go(struct tls *t, char why[TLS_TEXT_MAX])
{
	char *bytes;
	size_t done, size = (size_t)BIO_get_mem_data(t->held, &bytes);
	if (!size || SSL_in_init(t->ssl))
		return true;
	if (SSL_write_ex(t->ssl, bytes, size, &done) != 1)
		return fail(t, why);
	return BIO_reset(t->held) == 1;
}

static enum tls_result engine_read(struct tls *t, void *bytes, size_t *size, char why[TLS_TEXT_MAX])
{
	if (has_failed(t, why))
		return TLS_FAILED;
	int rc = SSL_read_ex(t->ssl, bytes, *size, size);
	enum tls_result r = rc == 1 ? TLS_OK : result(t, rc, why);
	if (r == TLS_CLOSED && BIO_pending(t->held))
		fail_unsent(t, why);
	else if (r != TLS_FAILED)
		let_go(t, why);
	return *t->failure ? TLS_FAILED : r;
}

/* OpenSSL must not be asked to write during a renegotiation: it would read, and take data for a
 * part of it.  Otherwise a memory BIO takes all. */
static bool engine_write(struct tls *t, const void *bytes, size_t size, char why[TLS_TEXT_MAX])
{
	size_t done;
	if (has_failed(t, why))
		return false;
	if (!SSL_in_init(t->ssl))
		return SSL_write_ex(t->ssl, bytes, size, &done) == 1 || fail(t, why);
	if (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN)
		return fail_unsent(t, why);
	return hold(t, bytes, size, why);
}

static bool engine_shutdown(struct tls *t)
{
	if (!*t->failure && (SSL_in_init(t->ssl) || BIO_pending(t->held)))
		return false;
	ERR_clear_error();
	SSL_shutdown(t->ssl);
	ERR_clear_error();
	return true;
}

/* ---- what is known of the peer ---- */

static void engine_describe(const struct tls *t, char text[TLS_TEXT_MAX])
{
	snprintf(
		text, TLS_TEXT_MAX, "%s, %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
}

static void name_text(X509_NAME *name, char text[TLS_TEXT_MAX])
{
	BIO *out = BIO_new(BIO_s_mem());
	int n = 0;
	if (out && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_read(out, text, TLS_TEXT_MAX - 1);
	text[n > 0 ? n : 0] = 0;
	BIO_free(out);
}

static void time_text(const ASN1_TIME *when, char text[32])
{
	struct tm tm;
	text[0] = 0;
	if (ASN1_TIME_to_tm(when, &tm) == 1)
		strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Lists the names of a certificate: "pump1.local, 10.0.0.5". */
static void names_text(X509 *certificate, char text[TLS_TEXT_MAX])
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;
	text[0] = 0;
	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char one[256] = "";
		if (name->type == GEN_DNS)
			snprintf(one, sizeof one, "%.*s", ASN1_STRING_length(name->d.dNSName),
				(const char *)ASN1_STRING_get0_data(name->d.dNSName));
		else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
			const unsigned char *a = ASN1_STRING_get0_data(name->d.iPAddress);
			snprintf(one, sizeof one, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
		}
		int n = !*one ? 0
			      : snprintf(text + used, TLS_TEXT_MAX - used, "%s%s", used ? ", " : "",
					one);
		used += n > 0 && (size_t)n < TLS_TEXT_MAX - used ? (size_t)n : 0;
	}
	text[used] = 0;
	GENERAL_NAMES_free(names);
}

static bool engine_certificate(const struct tls *t, struct tls_certificate *c)
{
	X509 *x = SSL_get0_peer_certificate(t->ssl);
	long verdict = SSL_get_verify_result(t->ssl);
	memset(c, 0, sizeof *c);
	if (!x)
		return false;
	name_text(X509_get_subject_name(x), c->subject);
	name_text(X509_get_issuer_name(x), c->issuer);
	names_text(x, c->names);
	time_text(X509_get0_notBefore(x), c->not_before);
	time_text(X509_get0_notAfter(x), c->not_after);
	c->verified = t->verify && verdict == X509_V_OK;
	if (!t->verify)
		snprintf(c->problem, sizeof c->problem, "it was not verified");
	else if (!c->verified)
		snprintf(c->problem, sizeof c->problem, "%s",
			X509_verify_cert_error_string(verdict));
	return true;
}

static bool digest_md5(const void *bytes, size_t size, char digits[TLS_MD5_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	if (!EVP_Digest(bytes, size, digest, NULL, EVP_md5(), NULL))
		return false;
	for (int i = 0; i < TLS_MD5_MAX / 2; i++)
		snprintf(digits + 2 * i, 3, "%02x", digest[i]);
	return true;
}

const struct tls_functions tls_functions = {
	.version = TLS_FUNCTIONS_VERSION,
	.open = engine_open,
	.close = engine_close,
	.serve = server_open,
	.serve_end = server_close,
	.accept = server_accept,
	.feed = engine_feed,
	.take = engine_take,
	.handshake = engine_handshake,
	.read = engine_read,
	.write = engine_write,
	.shutdown = engine_shutdown,
	.describe = engine_describe,
	.certificate = engine_certificate,
	.md5 = digest_md5,
};
