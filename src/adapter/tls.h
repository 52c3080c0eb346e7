/* tls.h - TLS as plain functions on bytes: an engine that is fed what came and gives what is to be
 * sent.  A leaf: it knows OpenSSL and nothing of wilco.
 *
 * Texts are written to buffers of the caller, always with a NUL; what a peer says (names of its
 * certificate) is in them and not escaped.
 */
#ifndef WILCO_ADAPTER_TLS_H
#define WILCO_ADAPTER_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct tls;

struct tls_config {
	const char *name; /* to ask for and to verify; a host name or a numeric address */
	const char *ca;   /* file of certificates to trust; NULL: the system's */
	const char *cert; /* file of our certificate chain, PEM; NULL: none */
	const char *key;  /* file of its key; NULL: the same file */
	bool verify;
};

enum { TLS_TEXT_MAX = 512 };

enum tls_result {
	TLS_OK,
	TLS_WANT,   /* more has to come first */
	TLS_CLOSED, /* the peer said close_notify */
	TLS_FAILED, /* why[] says why */
};

/* What the peer's certificate says. */
struct tls_certificate {
	char subject[TLS_TEXT_MAX], issuer[TLS_TEXT_MAX], names[TLS_TEXT_MAX];
	char not_before[32], not_after[32]; /* RFC 3339 */
	bool verified;
	char problem[TLS_TEXT_MAX]; /* why it is not */
};

enum { TLS_FUNCTIONS_VERSION = 1 };

struct tls_functions {
	int version;
	/* NULL: why[] says why. */
	struct tls *(*open)(const struct tls_config *config, char why[TLS_TEXT_MAX]);
	void (*close)(struct tls *t); /* NULL is allowed */
	/* Bytes of the line that came; all are taken. */
	bool (*feed)(struct tls *t, const void *bytes, size_t size);
	/* Bytes for the line, at most `size`; 0: none. */
	size_t (*take)(struct tls *t, void *bytes, size_t size);
	enum tls_result (*handshake)(struct tls *t, char why[TLS_TEXT_MAX]);
	/* TLS_OK: *size bytes, at least one. */
	enum tls_result (*read)(struct tls *t, void *bytes, size_t *size, char why[TLS_TEXT_MAX]);
	bool (*write)(struct tls *t, const void *bytes, size_t size, char why[TLS_TEXT_MAX]);
	void (*shutdown)(struct tls *t); /* our close_notify; reading goes on */
	/* "TLSv1.3, TLS_AES_256_GCM_SHA384" */
	void (*describe)(const struct tls *t, char text[TLS_TEXT_MAX]);
	/* false: there is none. */
	bool (*certificate)(const struct tls *t, struct tls_certificate *c);
};

extern const struct tls_functions tls_functions;

#endif
