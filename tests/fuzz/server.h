/* server.h - a TLS server in memory, for the fuzz targets of TLS: OpenSSL's own, so that what it
 * sends is right until the target damages it. */
#ifndef WILCO_FUZZ_SERVER_H
#define WILCO_FUZZ_SERVER_H

#include <openssl/ssl.h>
#include <wilco/bytes.h>

/* The certificate of "pump1.local", which is its own issuer, PEM. */
extern const char server_certificate[];

struct server {
	SSL *ssl;
	BIO *in, *out;     /* owned by the ssl */
	bool closed, dead; /* the client sent close_notify; an error ended it */
	/* To seal records beside OpenSSL (TLS 1.3). */
	uint8_t secret[32];
	bool known, forges; /* that is the secret; OpenSSL does not write any more */
	bool complete;      /* the handshake is; the records behind it are counted */
	uint64_t sealed;
};

/* Counts what OpenSSL allocates; comes before anything that is of OpenSSL. */
void server_count_memory(void);
size_t server_memory(void);

/* Opens a server that speaks one version (TLS1_2_VERSION) and, below 1.3, one cipher.  False where
 * this OpenSSL has it not. */
bool server_open(struct server *s, int version, const char *cipher);
void server_free(struct server *s);
/* Goes on with the handshake.  Returns whether it is complete. */
bool server_handshake(struct server *s);
void server_feed(struct server *s, struct slice bytes);
/* Adds what the server sends to *wire. */
void server_take(struct server *s, struct bytes *wire);
/* Reads up to `size` plain bytes; 0: none, for now or (`closed`, `dead`) for good. */
size_t server_read(struct server *s, void *bytes, size_t size);
/* Writes one record of at most 16 KiB.  Returns whether it did. */
bool server_write(struct server *s, struct slice bytes);
/* Begins a renegotiation, or in TLS 1.3 a key update, and may ask the client for its own. */
void server_renew(struct server *s, bool ask);
/* Says whether that is still under way. */
bool server_renewing(struct server *s);
void server_shutdown(struct server *s);
/* Writes a record as OpenSSL would not: of any type, with any content (16 KiB at most), which may
 * be empty, and with so many bytes of padding.  Returns false below TLS 1.3 and behind a key
 * update. */
bool server_forge(struct server *s, uint8_t type, struct slice content, size_t padding);

#endif
