/* port.c - see port.h.
 *
 * Baud rates that have no name in POSIX are set by struct termios2 (tty_ioctl(4), Linux), which
 * takes any number; the driver then says which rate it set.  Its header excludes <termios.h>, which
 * libuv's includes: hence this file of its own.
 */
#include "transport/port.h"

#include "transport/ports.h"
#include "transport/uucp_lock.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

_Static_assert(sizeof(struct termios2) <= PORT_STATE_MAX, "room for what is put back");

enum { BAUD_TOLERANCE = 50 }; /* the driver may miss the rate by 1/50 */

/* ---- settings ---- */

static void raw_mode(struct termios2 *t)
{
	t->c_iflag = INPCK | PARMRK; /* marks.h */
	t->c_oflag = 0;
	t->c_lflag = 0;
	t->c_cflag = CREAD | CLOCAL | (t->c_cflag & HUPCL);
	t->c_cc[VMIN] = 1;
	t->c_cc[VTIME] = 0;
}

static void apply_mode(struct termios2 *t, int64_t mode)
{
	static const tcflag_t sizes[] = {CS5, CS6, CS7, CS8};
	static const struct {
		char name;
		tcflag_t flags;
	} parities[] = {{'N', 0}, {'E', PARENB}, {'O', PARENB | PARODD}, {'S', PARENB | CMSPAR},
		{'M', PARENB | PARODD | CMSPAR}};
	t->c_cflag |= sizes[SERIAL_BITS(mode) - 5];
	for (size_t i = 0; i < sizeof parities / sizeof parities[0]; i++)
		if (parities[i].name == SERIAL_PARITY(mode))
			t->c_cflag |= parities[i].flags;
	if (SERIAL_STOP(mode) == 2)
		t->c_cflag |= CSTOPB;
}

static void apply_flow(struct termios2 *t, int64_t flow)
{
	if (flow == FLOW_RTSCTS)
		t->c_cflag |= CRTSCTS;
	if (flow == FLOW_XONXOFF)
		t->c_iflag |= IXON | IXOFF;
	t->c_cc[VSTART] = 0x11;
	t->c_cc[VSTOP] = 0x13;
}

/* Checks what the driver set, which is not always what was asked for. */
static bool check_taken(struct port *p, int64_t baud, struct error *err)
{
	struct termios2 now;
	if (ioctl(p->fd, TCGETS2, &now) < 0 || !now.c_ospeed)
		return true;
	int64_t off = llabs((int64_t)now.c_ospeed - baud);
	if (off * BAUD_TOLERANCE <= baud)
		return true;
	return error_set(err, STATUS_CONNECT, "the port cannot do %lld baud; it offers %u",
		(long long)baud, now.c_ospeed);
}

static bool set_modem_line(const struct port *p, const struct setting *want, const char *name,
	int bit, struct error *err)
{
	if (!want->set)
		return true;
	if (ioctl(p->fd, want->value ? TIOCMBIS : TIOCMBIC, &bit) == 0)
		return true;
	return error_set(err, STATUS_CONNECT, "the port has no line %s: %s", name, strerror(errno));
}

bool port_apply(struct port *p, const struct settings *settings, struct error *err)
{
	const struct setting *at = settings->at;
	struct termios2 t;
	memcpy(&t, p->before, sizeof t);
	raw_mode(&t);
	apply_mode(&t, at[SET_MODE].value);
	apply_flow(&t, at[SET_FLOW].value);
	t.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
	t.c_ispeed = t.c_ospeed = (speed_t)at[SET_BAUD].value;
	p->changed = true;
	if (ioctl(p->fd, TCSETS2, &t) < 0)
		return error_set(
			err, STATUS_CONNECT, "the port refuses its settings: %s", strerror(errno));
	return check_taken(p, at[SET_BAUD].value, err) &&
	       set_modem_line(p, &at[SET_DTR], "DTR", TIOCM_DTR, err) &&
	       set_modem_line(p, &at[SET_RTS], "RTS", TIOCM_RTS, err);
}

/* ---- opening ---- */

static const char *open_reason(int code)
{
	switch (code) {
	case ENOENT:
		return "no such port: is the device plugged in?";
	case EBUSY:
		return "another program uses the port";
	default:
		return strerror(code);
	}
}

static bool not_permitted(const char *path, struct error *err)
{
	struct bytes why;
	bytes_init(&why, LIMIT_MESSAGE);
	ports_add_remedy(path, &why);
	error_set(err, STATUS_CONNECT, "%s", bytes_str(&why));
	bytes_free(&why);
	return false;
}

static bool lock_port(int fd, struct error *err)
{
	int exclusive = 0;
	bool taken = ioctl(fd, TIOCGEXCL, &exclusive) == 0 && exclusive;
	if (taken || (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK))
		return error_set(err, STATUS_CONNECT, "another program uses the port");
	return true;
}

bool port_open(struct port *p, const char *path, const struct settings *settings, struct error *err)
{
	struct termios2 before;
	if (!uucp_lock(path, &p->lock, err))
		return false;
	p->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		return errno == EACCES ? not_permitted(path, err)
				       : error_set(err, STATUS_CONNECT, "%s", open_reason(errno));
	if (ioctl(p->fd, TCGETS2, &before) < 0)
		return error_set(err, STATUS_CONNECT, "this is not a serial port");
	memcpy(p->before, &before, sizeof before);
	if (!lock_port(p->fd, err))
		return false;
	p->locked = true;
	ioctl(p->fd, TIOCEXCL);
	if (!port_apply(p, settings, err))
		return false;
	ioctl(p->fd, TCFLSH, TCIFLUSH); /* bytes that came before answer nothing of ours */
	unsigned before_us[DAMAGE_COUNT] = {0};
	port_count(p, before_us);
	return true;
}

void port_put_back(struct port *p)
{
	if (p->changed)
		ioctl(p->fd, TCSETS2, p->before);
	if (p->locked) { /* the lock is ours, not another program's */
		ioctl(p->fd, TIOCNXCL);
		flock(p->fd, LOCK_UN);
	}
	p->changed = p->locked = false;
	uucp_unlock(&p->lock);
}

bool port_break(struct port *p, bool on)
{
	return p->fd >= 0 && ioctl(p->fd, on ? TIOCSBRK : TIOCCBRK) == 0;
}

void port_count(struct port *p, unsigned since[DAMAGE_COUNT])
{
	struct serial_icounter_struct now;
	if (p->uncounted)
		return;
	p->uncounted = ioctl(p->fd, TIOCGICOUNT, &now) < 0;
	if (p->uncounted)
		return;
	const unsigned counts[DAMAGE_COUNT] = {[DAMAGE_PARITY] = (unsigned)now.parity,
		[DAMAGE_FRAMING] = (unsigned)now.frame,
		[DAMAGE_OVERRUN] = (unsigned)now.overrun + (unsigned)now.buf_overrun,
		[DAMAGE_BREAK] = (unsigned)now.brk};
	for (size_t i = 0; i < DAMAGE_COUNT; i++) {
		since[i] += counts[i] - p->counts[i];
		p->counts[i] = counts[i];
	}
}

void port_wires(const struct port *p, struct bytes *out)
{
	static const struct {
		int bit;
		const char *name;
	} wires[] = {{TIOCM_CTS, "CTS"}, {TIOCM_DSR, "DSR"}, {TIOCM_CAR, "DCD"}, {TIOCM_RI, "RI"}};
	int bits;
	if (p->fd < 0 || ioctl(p->fd, TIOCMGET, &bits) < 0)
		return;
	for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++)
		bytes_addf(out, "%s%s %s", i ? ", " : "", wires[i].name,
			bits & wires[i].bit ? "on" : "off");
}
