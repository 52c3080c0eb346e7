/* tls.h - TLS as plain functions on bytes: an engine that is fed with the bytes that came and gives
 * the bytes to send.  A leaf: it knows OpenSSL and nothing of wilco.
 *
 * Texts are written to buffers of the caller and always end in NUL.  They hold what a peer says
 * (the names of its certificate), unescaped.
 */
#ifndef WILCO_ADAPTER_TLS_H
#define WILCO_ADAPTER_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct tls;

struct tls_config {
	const char *name; /* the name to ask for and to verify: a host name or a numeric address */
	const char *ca;   /* file of certificates to trust; NULL: the system's */
	const char *cert; /* file of our certificate chain, PEM; NULL: none */
	const char *key;  /* file of its key; NULL: the same file */
	bool verify;
	/* The oldest version to speak: 1.`oldest`.  Below 1.2 the engine's security level of
	 * OpenSSL is lowered, too, because it refuses what those versions need. */
	unsigned oldest;
	/* `oldest` was set by a person; else the system's policy may be stricter. */
	bool oldest_said;
};

enum { TLS_TEXT_MAX = 512 };
enum { TLS_FINGERPRINT_MAX = 96 }; /* SHA-256 as "AB:CD:...", with its end */

struct tls_server;

enum tls_result {
	TLS_OK,
	TLS_WANT,   /* more bytes must come first */
	TLS_CLOSED, /* the peer said close_notify */
	TLS_FAILED, /* for good; why[] says why */
};

/* The content of the peer's certificate. */
struct tls_certificate {
	char subject[TLS_TEXT_MAX], issuer[TLS_TEXT_MAX], names[TLS_TEXT_MAX];
	char not_before[32], not_after[32]; /* RFC 3339 */
	bool verified;
	char problem[TLS_TEXT_MAX]; /* why it is not verified */
};

enum { TLS_MD5_MAX = 33 }; /* 32 lower-case hex digits, with their end */

enum { TLS_FUNCTIONS_VERSION = 5 };

struct tls_functions {
	int version;
	/* Opens an engine.  Returns NULL where why[] says why. */
	struct tls *(*open)(const struct tls_config *config, char why[TLS_TEXT_MAX]);
	void (*close)(struct tls *t); /* NULL is allowed */
	/* Makes what all engines of a server share.  Without `cert` it makes a key and a
	 * certificate for `name`, which nobody has signed, in memory.  With `ca` callers need a
	 * certificate of these; `verify` counts for nothing.  Returns NULL where why[] says why. */
	struct tls_server *(*serve)(const struct tls_config *config,
		char fingerprint[TLS_FINGERPRINT_MAX], char why[TLS_TEXT_MAX]);
	void (*serve_end)(struct tls_server *s); /* NULL is allowed; its engines stay */
	/* Opens the engine for a caller. */
	struct tls *(*accept)(const struct tls_server *s, char why[TLS_TEXT_MAX]);
	/* Takes bytes that came on the line, all of them.  Those behind the end are dropped. */
	bool (*feed)(struct tls *t, const void *bytes, size_t size);
	/* Gives bytes for the line, at most `size`; 0: none. */
	size_t (*take)(struct tls *t, void *bytes, size_t size);
	enum tls_result (*handshake)(struct tls *t, char why[TLS_TEXT_MAX]);
	/* Reads plain bytes; with TLS_OK *size is at least one. */
	enum tls_result (*read)(struct tls *t, void *bytes, size_t *size, char why[TLS_TEXT_MAX]);
	/* Writes plain bytes.  During a renegotiation, which the peer begins, they are held until
	 * read() has completed it: up to 1 MiB. */
	bool (*write)(struct tls *t, const void *bytes, size_t size, char why[TLS_TEXT_MAX]);
	/* Sends our close_notify; reading goes on.  Returns false during a handshake: ask again
	 * after the next read(). */
	bool (*shutdown)(struct tls *t);
	/* Describes the line: "TLSv1.3, TLS_AES_256_GCM_SHA384". */
	void (*describe)(const struct tls *t, char text[TLS_TEXT_MAX]);
	/* Gives the peer's certificate; false: there is none. */
	bool (*certificate)(const struct tls *t, struct tls_certificate *c);
	/* Makes the MD5 of the bytes (RFC 1321), which some devices want in the place of a
	 * password; false: OpenSSL does not offer it here, as where only what FIPS allows is
	 * loaded. */
	bool (*md5)(const void *bytes, size_t size, char digits[TLS_MD5_MAX]);
};

extern const struct tls_functions tls_functions;

#endif
