/* What a serial port says about the bytes that it brings: a reply with a parity error, a framing
 * error, a lost byte or a break in it is damaged.  The port is a pty, which has none of these: its
 * marks (PARMRK) are sent by the test, and its counters and wires are the test's. */
#include "lib/tap.h"
#include "loop/loop.h"
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wilco/session.h>

static struct loop *loop;
static struct frame_book *book;
static struct error err;
static struct session *session;
static int master;
static char address_of_port[64];

/* ---- the driver ---- */

static struct serial_icounter_struct counts;
static bool counting;
static int unsent;
static tcflag_t asked, asked_mode; /* the input modes and the mode that were asked for */

static int drive(int fd, unsigned long request, void *arg)
{
	struct termios2 modes;
	switch (request) {
	case TIOCGICOUNT:
		memcpy(arg, &counts, sizeof counts);
		errno = ENOTTY;
		return counting ? 0 : -1;
	case TIOCOUTQ:
		*(int *)arg = unsent;
		return 0;
	case TIOCMGET:
		*(int *)arg = TIOCM_CTS | TIOCM_CAR | TIOCM_DTR;
		return 0;
	case TCSETS2: /* otherwise the pty would make marks of the marks */
		memcpy(&modes, arg, sizeof modes);
		asked = modes.c_iflag;
		asked_mode = modes.c_cflag & (CSIZE | PARENB | PARODD | CMSPAR | CSTOPB);
		modes.c_iflag &= ~(tcflag_t)(PARMRK | INPCK);
		return (int)syscall(SYS_ioctl, fd, request, &modes);
	default:
		return (int)syscall(SYS_ioctl, fd, request, arg);
	}
}

/* In place of libc's. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	va_start(args, request);
	void *arg = va_arg(args, void *);
	va_end(args);
	return drive(fd, request, arg);
}

static void says(struct slice bytes)
{
	ok(write(master, bytes.at, bytes.len) == (ssize_t)bytes.len, "bytes of %zu", bytes.len);
}

/* ---- the session ---- */

static char told[512]; /* "damaged A=B: why" */

static bool on_exchange(void *owner, struct session *s, struct exchange *x)
{
	struct bytes text;
	(void)owner;
	(void)s;
	bytes_init(&text, sizeof told - 1);
	bytes_addf(&text, "%s", exchange_status_name(x->status));
	for (const struct reply *r = x->replies; r; r = r->next)
		if (r->has_payload)
			bytes_addf(&text, " %.*s", SLICE_ARG(r->payload));
	if (x->error)
		bytes_addf(&text, ": %s", x->error);
	snprintf(told, sizeof told, "%s", bytes_str(&text));
	bytes_free(&text);
	return false;
}

static const struct session_events events = {.unasked = on_exchange};

static void begin(const char *notation, const char *settings)
{
	struct address a;
	char text[96];
	snprintf(text, sizeof text, "%s?%s", address_of_port, settings);
	struct frame *frame = frame_find(book, slice_str(notation), &err);
	if (!frame || !address_parse(slice_str(text), 0, &a, &err)) {
		tap_note("%s", err.what);
		exit(1);
	}
	struct session_config config = {.loop = loop,
		.name = "meter",
		.address = &a,
		.settings = &a.settings,
		.frame = frame,
		.events = &events};
	session = session_new(&config);
	session_open(session);
	while (session_state(session) == SESSION_CONNECTING)
		loop_step(loop, true);
	frame_unref(frame);
	address_free(&a);
	ok(session_state(session) == SESSION_OPEN, "%s at a port", notation);
}

static void end(void)
{
	session_free(session);
}

static void until_told(void)
{
	while (!told[0])
		loop_step(loop, true);
}

static void ask(void)
{
	struct request r = {.payload = SLICE("Q"), .ended = on_exchange};
	char byte = 0;
	told[0] = 0;
	session_ask(session, &r);
	while (byte != '\r' && read(master, &byte, 1) == 1)
		;
}

/* Asks, lets the device say this, and expects to be told that. */
static void answers(struct slice bytes, const char *expected)
{
	ask();
	says(bytes);
	until_told();
	is_str(told, expected, "%s", expected);
}

#define TEN   "\377\0x\377\0x\377\0x\377\0x\377\0x\377\0x\377\0x\377\0x\377\0x\377\0x"
#define FIFTY TEN TEN TEN TEN TEN

static void test_parity(void)
{
	begin("payload CR", "mode=7E1");
	ok((asked & (INPCK | PARMRK | IGNBRK | BRKINT | IGNPAR)) == (INPCK | PARMRK),
		"the driver is asked for marks");
	answers(SLICE("AB\r"), "ok AB");
	answers(SLICE("A\377\377B\r"), "ok A\377B");
	counts.parity++;
	answers(SLICE("A\377\0BC\r"), "damaged ABC: the line damaged the reply: 1 parity error");
	answers(SLICE("AB\r"), "ok AB");
	counts.frame += 2;
	counts.parity++;
	answers(SLICE("\377\0A\377\0B\377\0\r"),
		"damaged AB: the line damaged the reply: 1 parity error, 2 framing errors");
	counts.overrun++;
	answers(SLICE("AC\r"), "damaged AC: the line damaged the reply: 1 overrun");
	counts.brk++;
	answers(SLICE("A\377\0\0C\r"), "damaged AC: the line damaged the reply: 1 break");
	counts.parity++;
	answers(SLICE("A\377\0\0C\r"), /* a NUL, which this text leaves out */
		"damaged A: the line damaged the reply: 1 parity error");
	counts.parity += 50;
	ask();
	says(SLICE(FIFTY "\r"));
	until_told();
	ok(strstr(told, "the reply: 50 parity errors"), "very many: %s", told);
	struct bytes wires;
	bytes_init(&wires, 200);
	session_add_wires(session, &wires);
	is_str(bytes_str(&wires),
		"CTS on, DSR off, DCD on, RI off, 53 parity errors, 2 framing errors, 1 overrun, 1 "
		"break",
		"what the wires say, and what was counted");
	bytes_free(&wires);
	end();
}

/* Bytes of no frame are not the reply. */
static void test_outside(void)
{
	begin("STX payload ETX", "timeout=5s");
	told[0] = 0;
	counts.frame++;
	says(SLICE("\377\0x\2B\3"));
	until_told();
	counts.frame++;
	counts.brk++;
	struct request r = {.payload = SLICE("Q"), .ended = on_exchange};
	told[0] = 0;
	session_ask(session, &r);
	says(SLICE("\377\0y\2A\3\377\0\0"));
	until_told();
	is_str(told, "ok A", "a glitch before the reply, and a break behind it");
	told[0] = 0;
	session_ask(session, &r);
	counts.frame++;
	says(SLICE("\377\0\2A\3"));
	until_told();
	is_str(told, "damaged A: the line damaged the reply: 1 framing error", "in its first byte");
	told[0] = 0;
	session_ask(session, &r);
	counts.frame += 51;
	says(SLICE(FIFTY "\2A\377\0\3"));
	until_told();
	is_str(told, "damaged A: the line damaged the reply: 51 framing errors",
		"behind very many");
	told[0] = 0;
	session_ask(session, &r);
	counts.frame++;
	says(SLICE("\2A\377\0\3"));
	until_told();
	is_str(told, "damaged A: the line damaged the reply: 1 framing error",
		"and in its last one");
	told[0] = 0;
	session_ask(session, &r);
	counts.frame++;
	says(SLICE("\377\0z\2"));
	until_told();
	is_str(told,
		"timeout: no complete reply within 5 s: 2 bytes came without an end: 1 framing "
		"error",
		"a reply that does not come says what was seen");
	end();
}

/* A driver that does not count. */
static void test_uncounted(void)
{
	counting = false;
	begin("payload CR", "mode=8N1");
	answers(SLICE("A\377\0B\r"), "damaged AB: the line damaged the reply: 1 framing error");
	answers(SLICE("A\377\0\0\r"), "damaged A: the line damaged the reply: 1 break");
	end();
	begin("payload CR", "mode=8E1");
	answers(SLICE("A\377\0B\r"), "damaged AB: the line damaged the reply: 1 damaged byte");
	end();
}

/* A mode may change while the line is open, behind what was sent. */
static void test_modes(void)
{
	static const struct {
		const char *mode;
		tcflag_t flags;
	} modes[] = {{"7M1", CS7 | PARENB | PARODD | CMSPAR},
		{"7S2", CS7 | PARENB | CMSPAR | CSTOPB}, {"8N1", CS8},
		{"5O1", CS5 | PARENB | PARODD}};
	begin("payload CR", "mode=7E1");
	ok(asked_mode == (CS7 | PARENB), "7E1");
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct settings changed = *session_settings(session);
		ok(setting_parse(NULL, SLICE("mode"), slice_str(modes[i].mode), &changed, &err) &&
				session_change(session, &changed, &err),
			"%s behind it", modes[i].mode);
		ok(asked_mode == modes[i].flags, "which is set at once");
	}
	end();
}

/* While a byte waits in the driver, the settings do, too. */
static void test_waits_for_driver(void)
{
	begin("payload CR", "mode=7E1");
	answers(SLICE("A\r"), "ok A");
	struct settings changed = *session_settings(session);
	setting_parse(NULL, SLICE("mode"), SLICE("8N1"), &changed, &err);
	unsent = 1;
	ok(session_change(session, &changed, &err), "a change");
	for (int i = 0; i < 20; i++)
		loop_step(loop, true);
	ok(asked_mode == (CS7 | PARENB), "waits for the driver");
	unsent = 0;
	while (asked_mode != CS8)
		loop_step(loop, true);
	ok(true, "and is made when the driver has sent all");
	end();
}

/* A device that holds the line is not one that does not answer. */
static void test_held(void)
{
	struct request r = {.payload = SLICE("abc"), .ended = on_exchange};
	begin("payload CR", "flow=xonxoff&timeout=200ms&resync=off");
	told[0] = 0;
	says(SLICE("\x13X\r")); /* XOFF, before what is waited for */
	until_told();
	is_str(told, "unsolicited X", "a device stops the line");
	told[0] = 0;
	session_ask(session, &r);
	until_told();
	is_str(told, "timeout: 4 bytes still wait: the device holds the line (XOFF)",
		"which is said instead of: no reply");
	end();
	begin("payload CR", "flow=rtscts&timeout=200ms");
	unsent = 1;
	told[0] = 0;
	session_ask(session, &r);
	until_told();
	is_str(told, "timeout: 1 byte still waits: the device holds the line (CTS is off)",
		"another way to hold it");
	unsent = 0;
	end();
}

static bool open_port(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return false;
	snprintf(address_of_port, sizeof address_of_port, "%s", ptsname(master));
	return true;
}

int main(void)
{
	if (!open_port()) {
		tap_skip("this machine has no ptys");
		return tap_done();
	}
	counting = true;
	loop = loop_new(&err);
	book = frame_book_new();
	test_parity();
	test_outside();
	test_uncounted();
	test_modes();
	test_waits_for_driver();
	test_held();
	frame_book_free(book);
	loop_free(loop);
	close(master);
	return tap_done();
}
