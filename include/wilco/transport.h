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

/* The settings that an address carries as "?key=value&..." and that `.set` changes.  Durations are
 * in ns, sizes in bytes.  A setting that nobody gave has set = false and its default as value. */
enum setting_id {
	SET_TIMEOUT,  /* last byte sent to the complete reply; 5 s */
	SET_SILENCE,  /* each pause of a reply, and `timeout` to its first byte only; "off" is -1 */
	SET_DEADLINE, /* with `silence`: last byte sent to the complete reply; 10 min, "off" is -1
		       */
	SET_CONNECT_TIMEOUT, /* lookup, connect and TLS; default: the timeout */
	SET_KEEPALIVE,       /* TCP keepalive idle time; "off" is -1 */
	SET_GAP,             /* replaces gap(..ch) on lines without a baud rate; 50 ms */
	SET_GAP_MORE, /* a gap that would end a frame damaged lasts so long; 50 ms, "off" is -1 */
	SET_IDLE,     /* silence that ends a pending frame while no command waits; 1 s */
	SET_GREET,    /* how long a greeting is waited for; default: 1 s where the frame has greet,
			 else 0 */
	SET_MAX,      /* bytes of a frame; 1 MiB */
	SET_RESYNC,   /* how long a late reply is waited for; "off" is -1; default: the timeout */
	SET_GATEWAY,  /* 1: the peer is a gateway to the device; 0: the kind of line decides */
	SET_CONNECTION, /* enum connection; keep, or each where the frame says so */
	SET_AHEAD,      /* commands that go out before the first is answered; 1: one by one */
	SET_CHAR_DELAY, /* pause after each byte sent; 0 */
	SET_LINE_DELAY, /* pause after each CR, LF or CR LF sent; 0 */
	SET_CHARSET,    /* enum charset of the device's text: typed and shown; UTF-8 */
	SET_LOG_KEYS,   /* 1: what is typed in terminal mode is recorded and logged */
	SET_LOCAL_ECHO, /* 1: terminal mode shows what is typed */
	SET_ENTER,      /* enum line_end: what Enter sends there; as the frame ends its lines */
	SET_NEWLINE,    /* enum newline: what begins a line there */
	SET_BACKSPACE,  /* enum backspace: what that key sends there */
	SET_LINE_TIMES, /* 1: terminal mode shows when each line began */
	SET_TTY,        /* 1: a command gets a terminal of its own */
	SET_REOPEN,     /* 1: terminal mode starts a command with a terminal again at its end */
	SET_BAUD,       /* bits a second; 9600 */
	SET_MODE,       /* enum serial_mode of data bits, parity and stop bits; 8N1 */
	SET_FLOW,       /* enum serial_flow; none */
	SET_DTR,        /* 1: on, 0: off, -1: as the driver has it */
	SET_RTS,        /* the same */
	SET_VERIFY,     /* 1: a TLS peer must prove its name; 0: any peer is accepted */
	SET_TLS_MIN,    /* enum tls_min: the oldest version of TLS that is spoken; 1.2 */
	SETTING_COUNT
};

enum line_end { LINE_AUTO, LINE_CR, LINE_LF, LINE_CRLF };
enum newline { NEWLINE_CRLF, NEWLINE_LF, NEWLINE_CR }; /* CR LF, LF alone, CR alone */
enum backspace { BACKSPACE_DEL, BACKSPACE_BS };
enum connection { CONNECTION_KEEP, CONNECTION_EACH };
enum tls_min { TLS_MIN_1_0, TLS_MIN_1_1, TLS_MIN_1_2, TLS_MIN_1_3 };
enum serial_flow { FLOW_NONE, FLOW_RTSCTS, FLOW_XONXOFF };

/* Packs data bits, parity and stop bits into the value of SET_MODE; the other macros unpack it. */
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

/* The one setting that belongs to the whole program.  It is no field of a frame, and
 * setting_parse() refuses it. */
#define SETTING_TRANSCRIPT "transcript"

void settings_init(struct settings *s); /* the defaults */
/* Sets the setting `name` from the text of its value.  For a wrong name, err lists those that a
 * line of this kind has (NULL: those of all kinds). */
bool setting_parse(const struct transport_kind *kind, struct slice name, struct slice text,
	struct settings *s, struct error *err);
/* Walk the settings for `.set` without a value and for completion; NULL at the end. */
const char *setting_name(size_t index);
const char *setting_help(size_t index);
/* Says whether it does something only in terminal mode. */
bool setting_needs_term(size_t index);
/* Says whether a line of this kind has the setting; kind NULL: whether any kind has it. */
bool setting_applies(const struct transport_kind *kind, size_t index);
/* Adds the value as it is typed. */
void setting_text(const struct settings *s, size_t index, struct bytes *out);
/* Copies the values that `over` sets into `s`. */
void settings_merge(struct settings *s, const struct settings *over);
/* Says whether they can be used together; if not, err says what is missing. */
bool settings_agree(const struct settings *s, struct error *err);

/* Settings that are text; they belong to an address, and only an address carries them. */
enum address_text_id {
	TEXT_CA,   /* file of the certificates to trust; default: the system's */
	TEXT_CERT, /* file of our certificate */
	TEXT_KEY,  /* file of its key; default: the file of the certificate */
	TEXT_SNI,  /* the name to ask for and to verify; default: the host */
	/* "any" or ADDRESS[/BITS].  For listen it says who may call (default: any), for udp whose
	 * datagrams are taken (default: those of the address and port that are sent to). */
	TEXT_FROM,
	TEXT_BIND,  /* [ADDRESS][:PORT] of this machine at which the line begins; default: any */
	TEXT_OPEN,  /* the bytes that are sent at each opening, as a list */
	TEXT_LOGIN, /* the macro that is played at each opening */
	/* A command whose stdin and stdout lead to the host; takes the rest of the text. */
	TEXT_VIA,
	ADDRESS_TEXT_COUNT
};

struct address {
	const struct transport_kind *kind;
	/* Owned; without brackets.  For listen "" is every interface, for unix and serial it is the
	 * path, for exec the command. */
	char *host;
	/* The size of the terminal that is shown, for a peer that wants to know it; 0: there is
	 * none. */
	uint16_t columns, rows;
	uint16_t port; /* 0: listen on any free port, or the kind has none */
	bool port_said;
	struct settings settings;
	char *text[ADDRESS_TEXT_COUNT]; /* owned; NULL: not given */
};

/* Reads an address (doc/wilco.1, ADDRESSES).  A name without a port gets `port` (0: the default of
 * the kind). */
bool address_parse(struct slice text, uint16_t port, struct address *a, struct error *err);
/* Reads where to listen; the same, except that port 0 stands for any free port. */
bool address_parse_local(struct slice text, uint16_t port, struct address *a, struct error *err);
/* Adds one more "key=value" to an address, as the device book has them. */
bool address_set(struct address *a, struct slice name, struct slice value, struct error *err);
/* Says whether an address of this kind has such a setting. */
bool address_has(const struct address *a, struct slice name);
void address_free(struct address *a);
void address_copy(struct address *to, const struct address *from);
/* Adds the address for people: "tcp 10.0.0.5:9100", "listen [::]:9100", "tls h:443 (not
 * verified)". */
void address_text(const struct address *a, struct bytes *out);
/* Adds a short name for people: "10.0.0.5:9100", "plant:5025", "ttyUSB0". */
void address_short(const struct address *a, struct bytes *out);
/* Adds the address as a URL that parses back to the same.  A path or a command stands in it as it
 * is, so the caller escapes it before it is shown. */
void address_url(const struct address *a, struct bytes *out);
/* Adds the URL for reports: without the settings, except for those that weaken TLS. */
void address_place(const struct address *a, struct bytes *out);
bool address_listens(const struct address *a);      /* the device calls us */
bool address_half_closes(const struct address *a);  /* the line can be half-closed */
bool address_has_terminal(const struct address *a); /* it is a command that gets one (tty=yes) */
bool address_reopens(const struct address *a);      /* wilco opens it again; no caller has to */
bool address_runs(const struct address *a);         /* the device is a command that wilco runs */
/* Returns how long opening it may take by its settings, in ns; 0: as long as it likes. */
int64_t address_patience(const struct address *a);
/* Opening it afresh drops what was on its way. */
bool address_is_local(const struct address *a); /* a path of this machine: unix, serial */
bool address_is_direct(const struct address *a);
bool address_breaks(const struct address *a);    /* the line has a break state */
bool address_datagrams(const struct address *a); /* bytes travel as datagrams */
/* Says whether it can be opened for each command: the setting `connection`. */
bool address_has_each(const struct address *a);
/* Says whether there is a host to look up; false where the line goes through a command. */
bool address_resolves(const struct address *a);
/* Returns how long a byte takes on a serial line, in ns; 0: the line is not serial. */
int64_t address_byte_time(const struct address *a);
/* Forbids all lines of this process to run a command (exec:, via).  This cannot be taken back. */
void transport_refuse_commands(void);
bool transport_refuses_commands(void);
/* Returns false where a line to the address runs a command and commands are refused. */
bool address_may_open(const struct address *a, struct error *err);
/* Walk the names of the kinds and a line of help for each; NULL at the end. */
const char *transport_kind_name(size_t index);
const char *transport_kind_help(size_t index);

/* ---- lines ------------------------------------------------------------------------------- */

struct transport;

enum transport_step {
	STEP_LOOKUP,    /* text: the name */
	STEP_RESOLVED,  /* text: the addresses, separated by ", " */
	STEP_TRYING,    /* text: the address */
	STEP_FAILED,    /* text: "ADDRESS: reason"; another may be tried */
	STEP_LISTENING, /* text: the address to call, with the actual port */
	STEP_CONNECTED, /* text: the address that answered */
	STEP_SECURED,   /* text: what protects the line: "TLSv1.3, certificate of pump1, ..." */
	STEP_WARNING,   /* text: what a person should know: "the certificate is not verified" */
	STEP_SAID,      /* text: a line that a command wrote to its stderr, not yet escaped */
	/* text: what a program (transport_run()) wrote to its stderr and will write over (CR), not
	 * yet escaped: its progress. */
	STEP_PROGRESS,
};
/* Returns the words in front of the text, for people: "connecting to". */
const char *transport_step_text(enum transport_step step);

/* What a serial port saw that is wrong with the bytes that come. */
enum line_damage {
	DAMAGE_BYTE,    /* a byte with a wrong parity or stop bit: the driver does not say which */
	DAMAGE_PARITY,  /* a byte with a wrong parity bit */
	DAMAGE_FRAMING, /* a byte with a wrong stop bit */
	DAMAGE_OVERRUN, /* bytes that came too fast and are lost, about here */
	DAMAGE_BREAK,   /* a break, which is no byte */
	DAMAGE_COUNT
};

struct transport_events {
	void (*step)(void *owner, enum transport_step step, const char *text);
	void (*open)(void *owner); /* bytes can be sent */
	/* Bytes came; they are valid during the call.  They may come before `open`, while both ends
	 * still negotiate the line (rfc2217), so that nothing that a device says is lost. */
	void (*data)(void *owner, struct slice bytes);
	/* Of the bytes that `data` gives next the at-th is damaged, or this happened before it; may
	 * be NULL. */
	void (*damage)(void *owner, enum line_damage what, unsigned count, size_t at);
	void (*end)(void *owner);      /* the peer closed its side */
	void (*boundary)(void *owner); /* the end of a datagram; may be NULL */
	/* The line is dead: it could not be opened (status STATUS_CONNECT) or broke (STATUS_REPLY).
	 * Only transport_close() may follow. */
	void (*fail)(void *owner, const struct error *err);
	void (*drained)(void *owner); /* nothing waits to be sent any more; may be NULL */
	/* What transport_binary() asked for is granted, or it is not; may be NULL. */
	void (*binary)(void *owner, bool granted);
};

/* Starts to open a line; success and failure come by callbacks, never before this returns.
 * connect_timeout is in ns, 0: none. */
struct transport *transport_open(struct loop *loop, const struct address *a,
	int64_t connect_timeout, const struct transport_events *events, void *owner);
enum send_how {
	SEND_END = 1,    /* shut down our side after these bytes */
	SEND_ANSWER = 2, /* nobody asked for these bytes: a protocol's answer to what came */
};
/* Writes all of it at once where the kernel takes it, and queues the rest; the caller may free the
 * bytes after the call.  A peer that makes us answer and reads nothing must not fill our memory:
 * while more than LIMIT_ANSWERS of SEND_ANSWER are queued, the line is not read.  Bytes that
 * somebody asked for never stop it, because a peer that echoes would wait for us, and we for it.
 * `how` combines enum send_how; 0: none. */
void transport_send(struct transport *t, struct slice bytes, unsigned how);
size_t transport_queued(const struct transport *t); /* bytes */
/* A port of ours (pty:) drops from now on what is sent while no program has it open, as a real port
 * does, and tells that as STEP_WARNING.  Other lines have no such thing. */
void transport_as_port(struct transport *t);
/* Returns how many bytes have not arrived: those queued, and those that the peer's system has not
 * acknowledged (TCP), the port has not sent (serial), or the command has not read (exec). */
size_t transport_unsent(const struct transport *t);
void transport_read(struct transport *t, bool on); /* back-pressure; on at first */
/* Takes what can be read already, and the peer's end, by the callbacks of reading, inside of which
 * it may be called; asks the system once where there is nothing.  Returns false where the peer has
 * closed its side, which the owner learns now or soon. */
bool transport_take(struct transport *t);
/* Gives an open line changed settings; false: it could not take them. */
bool transport_change(struct transport *t, const struct settings *s, struct error *err);
/* Tells the peer the size of the terminal that is shown, where it wants to know it. */
void transport_window(struct transport *t, uint16_t columns, uint16_t rows);
/* Holds the line in the break state for so many ns; false: the line has no break. */
bool transport_break(struct transport *t, int64_t ns, struct error *err);
/* on: asks the peer to pass all bytes as they are, in both directions, where its protocol changes
 * some (telnet: BINARY, RFC 856).  The answer comes by the event `binary`, after two seconds at the
 * latest.  False: the line passes them so already, and no event comes.
 * off: gives up what was granted so. */
bool transport_binary(struct transport *t, bool on);
/* Adds what the peer says by the wires of a serial line, "CTS on, DSR off, DCD off, RI off";
 * nothing where the line has none. */
void transport_wires(struct transport *t, struct bytes *out);
/* Returns when the last byte that was read came, in monotonic ns. */
int64_t transport_read_at(const struct transport *t);
void transport_close(struct transport *t); /* NULL is allowed; what is queued is dropped */
/* Closes as a device that crashed: where the line is TCP, by a reset. */
void transport_reset(struct transport *t);
/* Closes after what is queued has been sent, for which it waits at most `grace` ns; no callbacks
 * come any more. */
void transport_finish(struct transport *t, int64_t grace);
bool transport_half_closes(const struct transport *t); /* the peer can be told our end alone */
/* Returns the peer's address, such as "127.0.0.1:54321". */
const char *transport_peer(const struct transport *t);

/* ---- a program as a line ------------------------------------------------------------------ */

/* All of it is borrowed during the call. */
struct program {
	const char *const *words; /* its file, which PATH leads to, and its arguments; ends with
				     NULL */
	const char *folder;       /* in which it runs; NULL: in ours */
};
/* Runs a program: what is sent goes to its stdin, and what it writes comes.  It has no terminal.
 * The line ends (`end`: status 0; `fail`: how else) when the program has ended, even if its output
 * ended before.  What it does not read ends nothing.  Once commands are refused, it fails. */
struct transport *transport_run(struct loop *loop, const struct program *program,
	const struct transport_events *events, void *owner);
/* Has the program end: SIGTERM, and SIGKILL two seconds later, or now.  What it writes before it
 * ends still comes. */
void transport_terminate(struct transport *t, bool now);
/* Returns the exit status of the line's command as a shell gives it: 128 and the number of a signal
 * that ended it; -1: the line is no command, or it has not ended. */
int transport_exit_status(const struct transport *t);
/* Returns false where commands are refused; err says that `what` would run one. */
bool transport_may_run(const char *what, struct error *err);

/* ---- being called ------------------------------------------------------------------------ */

struct listener;

/* Accepts callers until listener_close().  `caller` gets a transport that is open and not read yet;
 * within the call it must be given an owner by transport_adopt(), or be closed.  `failed` says that
 * the system has no room for callers any more; only listener_close() may follow. */
struct listener *listener_open(struct loop *loop, const struct address *a,
	void (*caller)(void *owner, struct transport *t),
	void (*failed)(void *owner, const struct error *err), void *owner, struct error *err);
void listener_close(struct listener *l); /* NULL is allowed */
/* Reports callers that the address's `from` turns away: one sentence for each of a few hosts. */
void listener_on_refused(struct listener *l, void (*refused)(void *owner, const char *text));
/* Returns the address, such as "127.0.0.1:9100" or "udp://127.0.0.1:9100", with the actual port; of
 * a pty the path to open. */
const char *listener_address(const struct listener *l);
/* Returns the SHA-256 fingerprint of the certificate that callers are shown; empty: there is none.
 */
const char *listener_certificate(const struct listener *l);
void transport_adopt(struct transport *t, const struct transport_events *events, void *owner);

#endif
