/* setting.c - the settings of a line and a session: one table; see transport.h. */
#include "transport/transport_private.h"

#include "base/charset.h"
#include "base/number.h"
#include "base/table.h"
#include "base/text.h"
#include <stdio.h>
#include <wilco/transport.h>

enum setting_type {
	TYPE_DURATION,
	TYPE_DURATION_OR_OFF,
	TYPE_SIZE,
	TYPE_NUMBER,
	TYPE_MODE,
	TYPE_NAME,
	TYPE_ON_OFF,
	TYPE_YES_NO,
};

enum { BAUD_MOST = 20 * 1000 * 1000 };

static const struct {
	char name[20];
	unsigned uses;
	enum setting_type type;
	int64_t standard, least;
	char help[96];
} table[SETTING_COUNT] = {
	[SET_TIMEOUT] = {"timeout", USE_ALL, TYPE_DURATION, 5ll * NS_PER_S, 1,
		"from the last byte sent to the complete reply"},
	[SET_SILENCE] = {"silence", USE_ALL, TYPE_DURATION_OR_OFF, -1, 1,
		"how long each pause of a reply may take; timeout is to its first byte then"},
	[SET_DEADLINE] = {"deadline", USE_ALL, TYPE_DURATION_OR_OFF, 600ll * NS_PER_S, 1,
		"with silence: from the last byte sent to the complete reply"},
	[SET_CONNECT_TIMEOUT] = {"connect-timeout", USE_ALL, TYPE_DURATION, 5ll * NS_PER_S, 1,
		"time to look up the name, connect and set up TLS; as timeout unless set"},
	[SET_KEEPALIVE] = {"keepalive", USE_TCP | USE_LOCAL, TYPE_DURATION_OR_OFF, -1, NS_PER_S,
		"TCP keepalive after this idle time"},
	[SET_GAP] = {"gap", USE_ALL, TYPE_DURATION, 50ll * NS_PER_MS, 1,
		"replaces a gap in characters on a line without a baud rate"},
	[SET_GAP_MORE] = {"gap-more", USE_ALL, TYPE_DURATION_OR_OFF, 50ll * NS_PER_MS, 1,
		"how long the gap lasts after a frame whose check fails: the rest may come yet"},
	[SET_IDLE] = {"idle", USE_ALL, TYPE_DURATION, 1ll * NS_PER_S, 1,
		"silence that ends a pending frame while no command waits"},
	[SET_GREET] = {"greet", USE_ALL, TYPE_DURATION, 0, 0,
		"how long the first command waits for what the device says when it is connected"},
	[SET_MAX] = {"max", USE_ALL, TYPE_SIZE, LIMIT_FRAME, 1,
		"the most bytes that a frame may have"},
	[SET_RESYNC] = {"resync", USE_ALL, TYPE_DURATION_OR_OFF, 5ll * NS_PER_S, 1,
		"how long a late reply is waited for; as timeout unless set"},
	[SET_GATEWAY] = {"gateway", USE_ALL, TYPE_YES_NO, 0, 0,
		"whether the device is behind the peer, as with a terminal server: yes or no"},
	[SET_CONNECTION] = {"connection", USE_EACH, TYPE_NAME, CONNECTION_KEEP, 0,
		"keep, or each: a connection for each command, closed after its reply"},
	[SET_AHEAD] = {"ahead", USE_ALL, TYPE_NUMBER, 1, 1,
		"how many commands may be out at a time, for a device that answers in order; 1: "
		"one by one"},
	[SET_CHAR_DELAY] = {"char-delay", USE_ALL, TYPE_DURATION, 0, 0,
		"pause after each byte that is sent"},
	[SET_LINE_DELAY] = {"line-delay", USE_ALL, TYPE_DURATION, 0, 0,
		"pause after each CR, LF or CR LF that is sent"},
	[SET_CHARSET] = {"charset", USE_ALL, TYPE_NAME, CHARSET_UTF8, 0,
		"the device's text, as it is typed and shown: utf-8, latin1, windows-1252, cp437 "
		"or "
		"shift-jis"},
	[SET_LOG_KEYS] = {"log-keys", USE_ALL | USE_TERM, TYPE_YES_NO, 0, 0,
		"whether the record and the log have the keys of terminal mode, passwords too: yes "
		"or no"},
	[SET_LOCAL_ECHO] = {"local-echo", USE_ALL | USE_TERM, TYPE_YES_NO, 0, 0,
		"whether terminal mode shows what is typed, for a device that does not: yes or no"},
	[SET_ENTER] = {"enter", USE_ALL | USE_TERM, TYPE_NAME, LINE_AUTO, 0,
		"what Enter sends in terminal mode: auto (what ends a command), cr, lf or crlf"},
	[SET_NEWLINE] = {"newline", USE_ALL | USE_TERM, TYPE_NAME, NEWLINE_CRLF, 0,
		"what begins a line in terminal mode: crlf, lf or cr"},
	[SET_BACKSPACE] = {"backspace", USE_ALL | USE_TERM, TYPE_NAME, BACKSPACE_DEL, 0,
		"what Backspace sends in terminal mode: del or bs"},
	[SET_LINE_TIMES] = {"line-times", USE_ALL | USE_TERM, TYPE_YES_NO, 0, 0,
		"whether terminal mode shows when each line began: yes or no"},
	[SET_TTY] = {"tty", USE_RUN, TYPE_YES_NO, 0, 0,
		"whether the command gets a terminal instead of pipes: yes or no"},
	[SET_REOPEN] = {"reopen", USE_RUN | USE_TERM, TYPE_YES_NO, 0, 0,
		"whether terminal mode starts a command with a terminal again when it ends: yes or "
		"no"},
	[SET_BAUD] = {"baud", USE_SERIAL, TYPE_NUMBER, 9600, 1, "bits a second"},
	[SET_MODE] = {"mode", USE_SERIAL, TYPE_MODE, SERIAL_MODE(8, 'N', 1), 0,
		"data bits, parity (N E O M S), stop bits"},
	[SET_FLOW] = {"flow", USE_SERIAL, TYPE_NAME, FLOW_NONE, 0,
		"flow control: none, rtscts or xonxoff"},
	[SET_DTR] = {"dtr", USE_SERIAL, TYPE_ON_OFF, -1, 0, "the line DTR: on, off, or as it is"},
	[SET_RTS] = {"rts", USE_SERIAL, TYPE_ON_OFF, -1, 0, "the line RTS: on, off, or as it is"},
	[SET_VERIFY] = {"verify", USE_TLS, TYPE_YES_NO, 1, 0,
		"whether a TLS peer must prove its name: yes or no"},
	[SET_TLS_MIN] = {"tls-min", USE_TLS | USE_LOCAL, TYPE_NAME, TLS_MIN_1_2, 0,
		"the oldest version of TLS that is spoken: 1.0, 1.1, 1.2 or 1.3"},
};

/* The values of a TYPE_NAME, and how they are listed. */
struct names {
	const char *const *names;
	const char *listed;
};

static const struct names *names_of(size_t index)
{
	static const char *const flows[] = {
		[FLOW_NONE] = "none", [FLOW_RTSCTS] = "rtscts", [FLOW_XONXOFF] = "xonxoff", NULL};
	static const char *const versions[] = {[TLS_MIN_1_0] = "1.0",
		[TLS_MIN_1_1] = "1.1",
		[TLS_MIN_1_2] = "1.2",
		[TLS_MIN_1_3] = "1.3",
		NULL};
	static const char *const connections[] = {
		[CONNECTION_KEEP] = "keep", [CONNECTION_EACH] = "each", NULL};
	static const char *const enters[] = {[LINE_AUTO] = "auto",
		[LINE_CR] = "cr",
		[LINE_LF] = "lf",
		[LINE_CRLF] = "crlf",
		NULL};
	static const char *const newlines[] = {
		[NEWLINE_CRLF] = "crlf", [NEWLINE_LF] = "lf", [NEWLINE_CR] = "cr", NULL};
	static const char *const backspaces[] = {
		[BACKSPACE_DEL] = "del", [BACKSPACE_BS] = "bs", NULL};
	static const struct names enter = {enters, "auto, cr, lf or crlf"},
				  newline = {newlines, "crlf, lf or cr"},
				  backspace = {backspaces, "del or bs"};
	static const struct names flow = {flows, "none, rtscts or xonxoff"},
				  tls = {versions, "1.0, 1.1, 1.2 or 1.3"},
				  connection = {connections, "keep or each"},
				  charset = {charset_names,
					  "utf-8, latin1, windows-1252, cp437 or shift-jis"};
	switch (index) {
	case SET_FLOW:
		return &flow;
	case SET_CONNECTION:
		return &connection;
	case SET_CHARSET:
		return &charset;
	case SET_ENTER:
		return &enter;
	case SET_NEWLINE:
		return &newline;
	case SET_BACKSPACE:
		return &backspace;
	default:
		return &tls;
	}
}

const char *setting_name(size_t index)
{
	return index < SETTING_COUNT ? table[index].name : NULL;
}

const char *setting_help(size_t index)
{
	return table[index].help;
}

bool setting_needs_term(size_t index)
{
	return (table[index].uses & USE_TERM) != 0;
}

bool setting_used(unsigned uses, size_t index)
{
	return (table[index].uses & (uses | USE_ALL)) != 0;
}

bool setting_applies(const struct transport_kind *kind, size_t index)
{
	return !kind || setting_used(kind->uses, index);
}

void settings_init(struct settings *s)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		s->at[i] = (struct setting){.set = false, .value = table[i].standard};
}

void settings_merge(struct settings *s, const struct settings *over)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (over->at[i].set)
			s->at[i] = over->at[i];
}

bool settings_same_serial(const struct settings *a, const struct settings *b)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (table[i].uses & USE_SERIAL && a->at[i].value != b->at[i].value)
			return false;
	return true;
}

bool settings_agree(const struct settings *s, struct error *err)
{
	const struct setting *deadline = &s->at[SET_DEADLINE];
	if (s->at[SET_AHEAD].value > 1 && s->at[SET_CONNECTION].value == CONNECTION_EACH)
		return error_set(err, STATUS_USAGE,
			"ahead=%lld sends several commands on one line, and connection=each opens "
			"a line for each command: only one of them is possible",
			(long long)s->at[SET_AHEAD].value);
	return !deadline->set || deadline->value < 0 || s->at[SET_SILENCE].value > 0 ||
	       error_set(err, STATUS_USAGE,
		       "deadline works only with silence: set silence first, or set timeout, which "
		       "limits all other replies");
}

/* ---- values ---- */

static bool parse_duration(size_t index, struct slice text, int64_t *value, struct error *err)
{
	bool or_off = table[index].type == TYPE_DURATION_OR_OFF;
	if (or_off && slice_is(text, "off")) {
		*value = -1;
		return true;
	}
	if (!duration_parse(text, table[index].name, value, err))
		return false;
	return *value >= table[index].least ||
	       error_set(err, STATUS_USAGE, "%s must be more than '%s'%s", table[index].name,
		       quote(text).text, or_off ? "; off turns it off" : "");
}

/* Parses "8N1". */
static bool parse_mode(struct slice text, int64_t *value, struct error *err)
{
	char bits = text.len == 3 ? (char)text.at[0] : 0;
	char parity = bits ? (char)(text.at[1] & ~0x20) : 0;
	char stop = bits ? (char)text.at[2] : 0;
	if (bits < '5' || bits > '8' || !parity || !strchr("NEOMS", parity) ||
		(stop != '1' && stop != '2'))
		return error_set(err, STATUS_USAGE,
			"mode is data bits (5 to 8), parity (N, E, O, M or S) and stop bits (1 or "
			"2), such as 8N1 or 7E1, not '%s'",
			quote(text).text);
	*value = SERIAL_MODE(bits - '0', parity, stop - '0');
	return true;
}

static const char *value_at(const void *names, size_t index)
{
	return ((const struct names *)names)->names[index];
}

static bool parse_name(size_t index, struct slice text, int64_t *value, struct error *err)
{
	const struct names *names = names_of(index);
	*value = table_exact(text, value_at, names);
	return *value >= 0 || error_set(err, STATUS_USAGE, "%s is %s, not '%s'", table[index].name,
				      names->listed, quote(text).text);
}

static bool parse_choice(size_t index, const char *yes, const char *no, struct slice text,
	int64_t *value, struct error *err)
{
	*value = slice_is(text, yes);
	return *value || slice_is(text, no) ||
	       error_set(err, STATUS_USAGE, "%s is %s or %s, not '%s'", table[index].name, yes, no,
		       quote(text).text);
}

static bool parse_value(size_t index, struct slice text, int64_t *value, struct error *err)
{
	uint64_t number;
	bool good;
	switch (table[index].type) {
	case TYPE_SIZE:
		good = size_parse(text, table[index].name, LIMIT_FRAME_MOST, &number, err);
		*value = good ? (int64_t)number : 0;
		return good;
	case TYPE_NUMBER:
		good = number_parse(text, table[index].name, 1,
			index == SET_BAUD ? BAUD_MOST : LIMIT_AHEAD, &number, err);
		*value = good ? (int64_t)number : 0;
		return good;
	case TYPE_MODE:
		return parse_mode(text, value, err);
	case TYPE_NAME:
		return parse_name(index, text, value, err);
	case TYPE_ON_OFF:
		return parse_choice(index, "on", "off", text, value, err);
	case TYPE_YES_NO:
		return parse_choice(index, "yes", "no", text, value, err);
	default:
		return parse_duration(index, text, value, err);
	}
}

/* ---- names ---- */

/* Lists the settings of kinds with these uses, followed by the texts of an address. */
static const char *setting_name_at(const void *uses, size_t index)
{
	if (index < SETTING_COUNT)
		return setting_used(*(const unsigned *)uses, index) ? table[index].name : "";
	return address_text_name(index - SETTING_COUNT, *(const unsigned *)uses);
}

static bool unknown(unsigned uses, struct slice name, struct error *err)
{
	char list[256];
	const char *near = table_near(name, setting_name_at, &uses);
	error_set(err, STATUS_USAGE, "no setting '%s' here; the settings are %s", quote(name).text,
		table_list(SLICE(""), setting_name_at, &uses, list, sizeof list));
	return near && *near ? error_hint(err, "did you mean %s?", near) : false;
}

static const char *local_name_at(const void *kind, size_t index)
{
	unsigned uses = ((const struct transport_kind *)kind)->uses;
	const char *name = setting_name_at(&uses, index);
	if (!name || !*name)
		return name;
	unsigned of = index < SETTING_COUNT ? table[index].uses
					    : address_text_uses(index - SETTING_COUNT);
	return of & USE_LOCAL ? name : "";
}

bool setting_is_local(const struct transport_kind *kind, struct slice name, struct error *err)
{
	char list[120];
	if (table_exact(name, local_name_at, kind) >= 0)
		return true;
	table_list(SLICE(""), local_name_at, kind, list, sizeof list);
	return error_set(err, STATUS_USAGE,
		"an address to listen at has no setting '%s'; a %s one has %s", quote(name).text,
		kind->name, *list ? list : "none");
}

bool setting_parse(const struct transport_kind *kind, struct slice name, struct slice text,
	struct settings *s, struct error *err)
{
	unsigned uses = kind ? kind->uses : ~0u;
	int index = table_exact(name, setting_name_at, &uses);
	if (slice_is(name, SETTING_TRANSCRIPT))
		return error_set(err, STATUS_USAGE,
			SETTING_TRANSCRIPT
			" is one for all devices together: .set " SETTING_TRANSCRIPT
			"=%s in the configuration or at the prompt",
			quote(text).text);
	if (index < 0 && slice_is(name, table[SET_CONNECTION].name))
		return error_set(err, STATUS_USAGE,
			"connection is for tcp, tls, unix, exec, telnet and rfc2217 lines: wilco "
			"cannot reconnect a %s line",
			kind->name);
	if (index < 0)
		return unknown(uses, name, err);
	if (index >= SETTING_COUNT)
		return error_set(err, STATUS_USAGE,
			"%s belongs to an address, such as tls://10.0.0.5:443?%s=...",
			setting_name_at(&uses, (size_t)index),
			setting_name_at(&uses, (size_t)index));
	int64_t value;
	if (!parse_value((size_t)index, text, &value, err))
		return false;
	s->at[index] = (struct setting){.set = true, .value = value};
	return true;
}

/* ---- settings that are none ---- */

/* Says whether it is NAME=... of a setting that a kind has. */
static bool is_setting(const struct transport_kind *kind, struct slice text)
{
	unsigned uses = kind->uses;
	const uint8_t *equals = text.len ? memchr(text.at, '=', text.len) : NULL;
	struct slice name = slice_cut(text, 0, equals ? (size_t)(equals - text.at) : 0);
	return name.len && table_exact(name, setting_name_at, &uses) >= 0;
}

struct slice setting_in_command(const struct transport_kind *kind, struct slice command)
{
	const uint8_t *mark = command.len ? memrchr(command.at, '?', command.len) : NULL;
	struct slice all =
		slice_cut(command, mark ? (size_t)(mark - command.at) : command.len, command.len);
	for (struct slice rest = slice_cut(all, 1, all.len); all.len;) {
		const uint8_t *next = rest.len ? memchr(rest.at, '&', rest.len) : NULL;
		size_t n = next ? (size_t)(next - rest.at) : rest.len;
		if (!is_setting(kind, slice_cut(rest, 0, n)))
			return SLICE("");
		if (!next)
			break;
		rest = slice_cut(rest, n + 1, rest.len);
	}
	return all;
}

/* ---- spelling ---- */

static void duration_spell(int64_t value, struct bytes *out)
{
	static const struct {
		int64_t ns;
		const char *name;
	} units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}, {1, "ns"}};
	size_t unit = 0;
	while (value % units[unit].ns)
		unit++;
	bytes_addf(out, "%lld%s", (long long)(value / units[unit].ns), units[unit].name);
}

void setting_text(const struct settings *s, size_t index, struct bytes *out)
{
	int64_t value = s->at[index].value;
	switch (table[index].type) {
	case TYPE_DURATION:
	case TYPE_DURATION_OR_OFF:
		if (value >= 0)
			duration_spell(value, out);
		else
			bytes_add_str(out, "off");
		break;
	case TYPE_MODE:
		bytes_addf(out, "%d%c%d", SERIAL_BITS(value), SERIAL_PARITY(value),
			SERIAL_STOP(value));
		break;
	case TYPE_NAME:
		bytes_add_str(out, names_of(index)->names[value]);
		break;
	case TYPE_ON_OFF:
		bytes_add_str(out, value < 0 ? "-" : value ? "on" : "off");
		break;
	case TYPE_YES_NO:
		bytes_add_str(out, value ? "yes" : "no");
		break;
	default:
		bytes_addf(out, "%lld", (long long)value);
	}
}
