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
	SET_CONNECT_TIMEOUT, /* lookup, connect and TLS; default: the timeout */
	SET_KEEPALIVE,       /* TCP keepalive idle time; "off" is -1 */
	SET_GAP,             /* stands for gap(..ch) on lines without a baud rate; 50 ms */
	SET_IDLE,            /* silence that ends a pending frame while no command waits; 1 s */
	SET_MAX,             /* bytes of a frame; 1 MiB */
	SET_RESYNC,          /* quiet time after a loss of step; "off" is -1; 500 ms */
	SET_CHAR_DELAY,      /* pause behind each byte sent; 0 */
	SET_LINE_DELAY,      /* pause behind each CR, LF or CR LF sent; 0 */
	SET_TRANSCRIPT,      /* bytes of the record kept in memory; 64 MiB */
	SET_BAUD,            /* bits a second; 9600 */
	SET_MODE,            /* enum serial_mode of data bits, parity and stop bits; 8N1 */
	SET_FLOW,            /* enum serial_flow; none */
	SET_DTR,             /* 1 on, 0 off, -1: as the driver has it */
	SET_RTS,             /* the same */
	SET_VERIFY,          /* 1: a TLS peer must prove its name; 0: anybody will do */
	SETTING_COUNT
};

enum serial_flow { FLOW_NONE, FLOW_RTSCTS, FLOW_XONXOFF };

/* SET_MODE in one number. */
#define SERIAL_MODE(bits, parity, stop) ((bits) << 16 | (parity) << 8 | (stop))
#define SERIAL_BITS(mode)               ((int)((mode) >> 16 & 0xff)) /* 5 to 8 */
#define SERIAL_PARITY(mode)             ((char)((mode) >> 8 & 0xff)) /* N E O M S */
#define SERIAL_STOP(mode)               ((int)((mode)&0xff))         /* 1 or 2 */

struct setting {
	bool set;
	int64_t value;
};

struct settings {
	struct setting at[SETTING_COUNT];
};

struct transport_kind; /* tcp, listen, ... */

void settings_init(struct settings *s); /* the defaults */
/* "name", "text" of the value; a wrong name lists those that a line of this kind has (NULL: those
 * of all kinds). */
bool setting_parse(const struct transport_kind *kind, struct slice name, struct slice text,
	struct settings *s, struct error *err);
/* For `.set` without a value and for completion; NULL at the end. */
const char *setting_name(size_t index);
const char *setting_help(size_t index);
/* Whether a line of this kind has the setting; kind NULL: some kind has it. */
bool setting_applies(const struct transport_kind *kind, size_t index);
/* The value as it is typed. */
void setting_text(const struct settings *s, size_t index, struct bytes *out);
/* Values that `over` sets win. */
void settings_merge(struct settings *s, const struct settings *over);

/* Settings that are text; they belong to an address and ride on it only. */
enum address_text_id {
	TEXT_CA,   /* file of the certificates to trust; default: the system's */
	TEXT_CERT, /* file of our certificate */
	TEXT_KEY,  /* file of its key; default: the file of the certificate */
	TEXT_SNI,  /* the name to ask for and to verify; default: the host */
	TEXT_VIA,  /* command whose stdin and stdout lead to the host; takes the rest of the text */
	ADDRESS_TEXT_COUNT
};

struct address {
	const struct transport_kind *kind;
	char *host;    /* owned; without brackets; "" for listen on every interface; for unix and
			  serial the path, for exec the command */
	uint16_t port; /* 0: listen on any, or the kind has none */
	bool port_said;
	struct settings settings;
	char *text[ADDRESS_TEXT_COUNT]; /* owned; NULL: not given */
};

/* Parses design section 4; a name without a port gets `port` (0: the default of the kind). */
bool address_parse(struct slice text, uint16_t port, struct address *a, struct error *err);
/* Where to listen: the same, but port 0 stands for any free port. */
bool address_parse_local(struct slice text, uint16_t port, struct address *a, struct error *err);
/* One more "key=value" of an address, as in the device book. */
bool address_set(struct address *a, struct slice name, struct slice value, struct error *err);
/* Whether an address of this kind has such a setting. */
bool address_has(const struct address *a, struct slice name);
void address_free(struct address *a);
void address_copy(struct address *to, const struct address *from);
/* "tcp 10.0.0.5:9100", "listen [::]:9100", "tls h:443 (not verified)": for people; or as a URL
 * that parses back. */
void address_text(const struct address *a, struct bytes *out);
void address_url(const struct address *a, struct bytes *out);
/* The URL without the settings, but for verify=no: for reports. */
void address_place(const struct address *a, struct bytes *out);
bool address_listens(const struct address *a);     /* the device calls us */
bool address_half_closes(const struct address *a); /* the line has a half-close */
bool address_reopens(const struct address *a);     /* opening afresh drops what was on its way */
bool address_datagrams(const struct address *a);   /* bytes travel as datagrams */
/* Has a host to look up; not reached through a command. */
bool address_resolves(const struct address *a);
/* How long a byte takes on a serial line, ns; 0: the line is no serial one. */
int64_t address_byte_time(const struct address *a);
/* The names of the kinds with a line of help, for completion and messages; NULL at the end. */
const char *transport_kind_name(size_t index);
const char *transport_kind_help(size_t index);

/* ---- lines ------------------------------------------------------------------------------- */

struct transport;

enum transport_step {
	STEP_LOOKUP,    /* text: the name */
	STEP_RESOLVED,  /* text: the addresses, separated by ", " */
	STEP_TRYING,    /* text: the address */
	STEP_FAILED,    /* text: "ADDRESS: reason"; another may be tried */
	STEP_LISTENING, /* text: the address to call, with the port that was got */
	STEP_CONNECTED, /* text: the address that answered */
	STEP_SECURED,   /* text: what protects the line: "TLSv1.3, certificate of pump1, ..." */
	STEP_WARNING,   /* text: what a person should know: "the certificate is not verified" */
	STEP_SAID,      /* text: a line that a command wrote to its stderr, not yet escaped */
};

struct transport_events {
	void (*step)(void *owner, enum transport_step step, const char *text);
	void (*open)(void *owner);                     /* bytes can be sent */
	void (*data)(void *owner, struct slice bytes); /* valid during the call */
	void (*end)(void *owner);                      /* the peer closed its side */
	void (*boundary)(void *owner);                 /* the end of a datagram; may be NULL */
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
/* The settings were changed while the line is open; false: it could not take them. */
bool transport_change(struct transport *t, const struct settings *s, struct error *err);
/* Holds the line in the break state for so many ns; false: the line has no break. */
bool transport_break(struct transport *t, int64_t ns, struct error *err);
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
