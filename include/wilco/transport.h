/* transport.h - addresses, and lines to devices that move bytes and know nothing of frames.
 *
 * A transport is opened for one owner and calls it back until transport_close(); after that
 * returns no callback comes.  Callbacks may close the transport.  Sending never blocks.
 */
#ifndef WILCO_TRANSPORT_H
#define WILCO_TRANSPORT_H

#include "bytes.h"
#include "error.h"
#include "limits.h"

struct loop;

/* ---- addresses --------------------------------------------------------------------------- */

enum { PORT_DEFAULT = 9100 };

/* What settings ride on an address as "?key=value&...", and `.set`; durations in ns, sizes in
 * bytes; a setting that nobody gave has set = false and its default as value. */
enum setting_id {
	SET_TIMEOUT,         /* last byte sent to the complete reply; 5 s */
	SET_CONNECT_TIMEOUT, /* lookup and connect; default: the timeout */
	SET_KEEPALIVE,       /* TCP keepalive idle time; 0: off */
	SET_GAP,             /* stands for gap(..ch) on lines without a baud rate; 50 ms */
	SET_IDLE,            /* silence that ends a pending frame while no command waits; 1 s */
	SET_MAX,             /* bytes of a frame; 1 MiB */
	SET_RESYNC,          /* quiet time after a loss of step; "off" is -1; 500 ms */
	SETTING_COUNT
};

struct setting {
	bool set;
	int64_t value;
};

struct settings {
	struct setting at[SETTING_COUNT];
};

void settings_init(struct settings *s); /* the defaults */
/* "name", "text" of the value; a wrong name lists those there are. */
bool setting_parse(struct slice name, struct slice text, struct settings *s, struct error *err);
/* For `.set` without a value and for completion; NULL at the end. */
const char *setting_name(size_t index);
const char *setting_help(size_t index);
/* The value as it is typed. */
void setting_text(const struct settings *s, size_t index, struct bytes *out);
/* Values that `over` sets win. */
void settings_merge(struct settings *s, const struct settings *over);

struct transport_kind; /* tcp, listen, ... */

struct address {
	const struct transport_kind *kind;
	char *host;    /* owned; without brackets; "" for listen on every interface */
	uint16_t port; /* 0: listen on any */
	bool port_said;
	struct settings settings;
};

/* Parses design section 4; a name without a port gets `port` (0: PORT_DEFAULT). */
bool address_parse(struct slice text, uint16_t port, struct address *a, struct error *err);
/* Where to listen: the same, but port 0 stands for any free port. */
bool address_parse_local(struct slice text, uint16_t port, struct address *a, struct error *err);
void address_free(struct address *a);
void address_copy(struct address *to, const struct address *from);
/* "tcp 10.0.0.5:9100", "listen [::]:9100": for people; or as a URL that parses back. */
void address_text(const struct address *a, struct bytes *out);
void address_url(const struct address *a, struct bytes *out);
bool address_listens(const struct address *a);     /* the device calls us */
bool address_half_closes(const struct address *a); /* the line has a half-close */
/* The names of the kinds with a line of help, for completion and messages; NULL at the end. */
const char *transport_kind_name(size_t index);

/* ---- lines ------------------------------------------------------------------------------- */

struct transport;

enum transport_step {
	STEP_LOOKUP,    /* text: the name */
	STEP_RESOLVED,  /* text: the addresses, separated by ", " */
	STEP_TRYING,    /* text: the address */
	STEP_FAILED,    /* text: "ADDRESS: reason"; another may be tried */
	STEP_LISTENING, /* text: the address to call, with the port that was got */
	STEP_CONNECTED, /* text: the address that answered */
};

struct transport_events {
	void (*step)(void *owner, enum transport_step step, const char *text);
	void (*open)(void *owner);                     /* bytes can be sent */
	void (*data)(void *owner, struct slice bytes); /* valid during the call */
	void (*end)(void *owner);                      /* the peer closed its side */
	/* The line is dead: could not be opened (status STATUS_CONNECT) or broke (STATUS_REPLY).
	 * Nothing but transport_close() may follow. */
	void (*fail)(void *owner, const struct error *err);
	void (*drained)(void *owner); /* nothing waits to be sent any more; may be NULL */
};

/* Starts to open; success and failure come by callbacks, never before this returns.
 * connect_timeout in ns, 0: none. */
struct transport *transport_open(struct loop *loop, const struct address *a,
	int64_t connect_timeout, const struct transport_events *events, void *owner);
/* One write for all of it where the kernel takes it; the rest is queued.  half_close: shut down
 * our side behind these bytes.  The bytes may be gone after the call. */
void transport_send(struct transport *t, struct slice bytes, bool half_close);
size_t transport_queued(const struct transport *t); /* bytes */
void transport_read(struct transport *t, bool on);  /* back-pressure; on at first */
/* When the last byte that was read came, monotonic ns. */
int64_t transport_read_at(const struct transport *t);
void transport_close(struct transport *t); /* NULL is allowed; what is queued is dropped */
/* Closes after what is queued has been sent, for at most `grace` ns; no callbacks any more. */
void transport_finish(struct transport *t, int64_t grace);
/* "127.0.0.1:54321": the peer. */
const char *transport_peer(const struct transport *t);

/* ---- being called ------------------------------------------------------------------------ */

struct listener;

/* Accepts for as long as it lives.  `caller` gets a transport that is open and not read yet: it
 * must be given an owner by transport_adopt() or closed, within the call. */
struct listener *listener_open(struct loop *loop, const struct address *a,
	void (*caller)(void *owner, struct transport *t), void *owner, struct error *err);
void listener_close(struct listener *l); /* NULL is allowed */
/* "127.0.0.1:9100", with the port that was got. */
const char *listener_address(const struct listener *l);
void transport_adopt(struct transport *t, const struct transport_events *events, void *owner);

#endif
