/* transport_private.h - what the kinds of transports share.
 *
 * A kind is a table of functions over its own struct, whose first member is struct transport.
 * No kind knows frames; a send carries end-of-stream.
 */
#ifndef WILCO_TRANSPORT_PRIVATE_H
#define WILCO_TRANSPORT_PRIVATE_H

#include "loop/loop_private.h"
#include <sys/socket.h>
#include <wilco/transport.h>

/* The forms of an address after the scheme. */
enum address_form {
	FORM_HOST,    /* //HOST[:PORT] */
	FORM_LISTEN,  /* //[HOST]:PORT, or unix:PATH */
	FORM_PATH,    /* PATH */
	FORM_COMMAND, /* the rest, for /bin/sh; no settings */
};

/* The groups of settings that a kind may have. */
enum setting_use {
	USE_ALL = 1,
	USE_TCP = 2,    /* keepalive */
	USE_TLS = 4,    /* verify, tls-min, ca, cert, key, sni */
	USE_SERIAL = 8, /* baud, mode, flow, dtr, rts */
	USE_VIA = 16,
	USE_FROM = 32,
	USE_BIND = 64,
	USE_EACH = 128,  /* connection */
	USE_RUN = 256,   /* tty */
	USE_LOCAL = 512, /* where wilco listens, too */
	USE_TERM = 1024  /* only terminal mode looks at it */
};

struct transport_kind {
	const char *name; /* the scheme of its addresses */
	const char *help;
	enum address_form form;
	unsigned uses; /* enum setting_use, besides USE_ALL */
	uint16_t port; /* the default; 0: an address must give it */
	bool half_closes;
	bool listens;
	bool nameless;  /* it may have no path */
	bool reopens;   /* wilco opens it again */
	bool datagrams; /* what is sent at once arrives as one, or not at all */
	bool direct; /* the peer is the device itself: opening afresh drops what was on its way */
	struct transport *(*open)(
		struct loop *loop, const struct address *a, int64_t connect_timeout);
	void (*send)(struct transport *t, struct slice bytes, unsigned how);
	size_t (*queued)(const struct transport *t);
	void (*read)(struct transport *t, bool on);
	bool (*take)(struct transport *t);
	void (*close)(struct transport *t);
	void (*finish)(struct transport *t, int64_t grace);
	/* May be NULL: the kind knows only how to close. */
	void (*reset)(struct transport *t);
	/* May be NULL: nobody knows more than `queued` does. */
	size_t (*unsent)(const struct transport *t);
	/* May be NULL: the kind cannot do it. */
	bool (*change)(struct transport *t, const struct settings *s, struct error *err);
	void (*as_port)(struct transport *t);
	bool (*send_break)(struct transport *t, int64_t ns, struct error *err);
	void (*wires)(struct transport *t, struct bytes *out);
	/* May be NULL: all bytes pass as they are. */
	bool (*binary)(struct transport *t, bool on);
	/* May be NULL: the peer has no use for the size of a terminal. */
	void (*window)(struct transport *t, uint16_t columns, uint16_t rows);
};

/* The kinds in the order in which they are listed: KIND(name) is that of NAME.c. */
#define TRANSPORT_KINDS(KIND) \
	KIND(tcp)             \
	KIND(tls)             \
	KIND(udp)             \
	KIND(unix)            \
	KIND(serial)          \
	KIND(pty)             \
	KIND(exec)            \
	KIND(telnet)          \
	KIND(rfc2217)         \
	KIND(listen)

#define KIND_DECLARED(name) extern const struct transport_kind transport_##name;
TRANSPORT_KINDS(KIND_DECLARED)

enum { TRANSPORT_PEER_MAX = 128 };
enum { TAKES_MOST = 8 }; /* reads of one transport_take(): a flood has no end */

struct transport {
	const struct transport_kind *kind;
	struct loop *loop;
	const struct transport_events *events;
	void *owner;
	int64_t read_at;
	bool closing;          /* the owner has let go and hears nothing more */
	bool full_told;        /* transport_tell_full() was called */
	struct loop_soon life; /* frees it after this turn */
	/* Called just before the struct is freed; NULL: nothing. */
	void (*release)(struct transport *t);
	char peer[TRANSPORT_PEER_MAX]; /* "127.0.0.1:54321" */
};

void transport_init(struct transport *t, const struct transport_kind *kind, struct loop *loop);
/* Begins a kind's close: nothing is told any more.  The struct (made by mem_new) is freed when this
 * turn is over, because the callbacks that led here still look at `closing`. */
void transport_end(struct transport *t);
/* Returns the size of an IPv4 or IPv6 address. */
socklen_t transport_size(const struct sockaddr *a);
/* Writes the numeric form of a socket address. */
void transport_spell(const struct sockaddr *a, char out[TRANSPORT_PEER_MAX]);
void transport_tell(struct transport *t, enum transport_step step, const char *text);
void transport_fail(struct transport *t, const struct error *err);
/* Warns once for each line that more than LIMIT_ANSWERS wait, so that nothing is read. */
void transport_tell_full(struct transport *t);
/* Says whether what a serial line is set to is the same. */
bool settings_same_serial(const struct settings *a, const struct settings *b);
/* Returns how long a byte takes on a serial line with these settings, in ns. */
int64_t settings_byte_time(const struct settings *s);
/* Notes in *at that n more bytes go to such a line: when the last one has left it, at the earliest,
 * in monotonic ns. */
void transport_occupy(struct transport *t, const struct settings *s, size_t n, int64_t *at);
/* Returns LIMIT_READ bytes, and room for one more, that all lines of a loop share; what is read
 * there is used up at once. */
char *transport_space(struct transport *t);
char *loop_read_space(struct loop *loop);
/* Sets the keepalive of a TCP socket to so many ns; -1: off. */
void transport_keep_alive(int socket, int64_t keepalive);
/* Walks the names of the texts that kinds with these uses have, "" for another; NULL at the end. */
const char *address_text_name(size_t index, unsigned uses);
unsigned address_text_uses(size_t index);
bool setting_used(unsigned uses, size_t index);
/* Returns the end of a command that has the form of settings of its line (?tty=yes), which are none
 * there; empty: it has none. */
struct slice setting_in_command(const struct transport_kind *kind, struct slice command);
/* Says whether an address of this kind to listen at has this setting, or text. */
bool setting_is_local(const struct transport_kind *kind, struct slice name, struct error *err);

/* ---- server.c ---- */

/* Gives the numeric address at which to listen; without a host that of every interface, of IPv6 and
 * with it IPv4 where `six`. */
bool transport_local(
	const struct address *a, bool six, struct sockaddr_storage *out, struct error *err);

/* Listens on a numeric address or at a path.  `arg` goes to each call. */
struct server;
struct server_events {
	/* A caller's socket, which does not block, is handed over, with a name for the caller. */
	void (*caller)(void *arg, int socket, const char *peer);
	/* Nobody can be accepted any more; the callback closes the server. */
	void (*failed)(void *arg, const struct error *err);
	/* A caller was not among those of the address's `from`.  `text` is a sentence about the
	 * first call of each host, for SERVER_TOLD_MAX hosts at most. */
	void (*refused)(void *arg, const char *text);
};
enum { SERVER_TOLD_MAX = 16 };
struct server *server_open(struct loop *loop, const struct address *a,
	const struct server_events *events, void *arg, struct error *err);
void server_close(struct server *s);
const char *server_address(const struct server *s);
bool server_is_tcp(const struct server *s);

/* ---- exec.c ---- */

/* Opens a command as the line to an address: its `via`, where %h is the host and %p the port.
 * After transport_refuse_commands() it is refused like those of exec. */
struct transport *via_open(struct loop *loop, const struct address *a, int64_t connect_timeout);

#endif
