/* line.c - see line.h. */
#include "fuzz/line.h"

#include "base/mem.h"
#include "base/number.h"
#include "fuzz/fuzz.h"

struct fuzz_line *fuzz_line;
size_t fuzz_lines_alive;
void (*fuzz_line_sent)(struct slice bytes, unsigned how);
void (*fuzz_line_closed)(void);

/* ---- the program's side ---- */

static void release(struct transport *t)
{
	(void)t;
	fuzz_lines_alive--;
}

static struct transport *line_open(const struct transport_kind *kind, struct loop *loop)
{
	struct fuzz_line *line = mem_new(sizeof *line);
	transport_init(&line->base, kind, loop);
	line->base.release = release;
	line->reading = true;
	snprintf(line->base.peer, sizeof line->base.peer, "192.0.2.1:9100");
	MUST(!fuzz_line); /* a device has one line at a time */
	fuzz_line = line;
	fuzz_lines_alive++;
	return &line->base;
}

static void line_send(struct transport *t, struct slice bytes, unsigned how)
{
	struct fuzz_line *line = (struct fuzz_line *)t;
	MUST(!t->closing);
	if (line->shut || line->dead || !line->up)
		return; /* as a stream does */
	line->shut = how & SEND_END;
	if (fuzz_line_sent)
		fuzz_line_sent(bytes, how);
}

static size_t line_queued(const struct transport *t)
{
	(void)t;
	return 0;
}

static void line_read(struct transport *t, bool on)
{
	((struct fuzz_line *)t)->reading = on;
}

static bool line_take(struct transport *t)
{
	const struct fuzz_line *line = (struct fuzz_line *)t;
	return line->up && !line->dead;
}

static void line_close(struct transport *t)
{
	if (t->closing)
		return;
	MUST(t == &fuzz_line->base);
	if (fuzz_line_closed)
		fuzz_line_closed();
	fuzz_line = NULL;
	transport_end(t);
}

static void line_finish(struct transport *t, int64_t grace)
{
	(void)grace;
	line_close(t);
}

static bool line_change(struct transport *t, const struct settings *s, struct error *err)
{
	(void)t;
	(void)s;
	(void)err;
	return true;
}

#define LINE_KIND(KIND)                                                      \
	static struct transport *KIND##_open(                                \
		struct loop *loop, const struct address *a, int64_t timeout) \
	{                                                                    \
		(void)a;                                                     \
		(void)timeout;                                               \
		return line_open(&transport_##KIND, loop);                   \
	}
#define LINE_OPERATIONS                                                                 \
	.send = line_send, .queued = line_queued, .read = line_read, .take = line_take, \
	.close = line_close, .finish = line_finish, .change = line_change

LINE_KIND(tcp)
LINE_KIND(serial)
LINE_KIND(udp)

const struct transport_kind transport_tcp = {.name = "tcp",
	.help = "",
	.form = FORM_HOST,
	.port = PORT_DEFAULT,
	.uses = USE_TCP | USE_VIA,
	.half_closes = true,
	.reopens = true,
	.direct = true,
	.open = tcp_open,
	LINE_OPERATIONS};
const struct transport_kind transport_serial = {.name = "serial",
	.help = "",
	.form = FORM_PATH,
	.uses = USE_SERIAL,
	.open = serial_open,
	LINE_OPERATIONS};
const struct transport_kind transport_udp = {.name = "udp",
	.help = "",
	.form = FORM_HOST,
	.reopens = true,
	.open = udp_open,
	LINE_OPERATIONS};

/* ---- the peer's side ---- */

static bool can_tell(void)
{
	return fuzz_line && fuzz_line->up && !fuzz_line->over && !fuzz_line->dead;
}

void fuzz_line_open(void)
{
	if (!fuzz_line || fuzz_line->up || fuzz_line->dead)
		return;
	fuzz_line->up = true;
	fuzz_line->base.events->open(fuzz_line->base.owner);
}

bool fuzz_line_listens(void)
{
	return can_tell() && fuzz_line->reading;
}

void fuzz_line_says(struct slice bytes)
{
	if (!fuzz_line_listens() || !bytes.len)
		return;
	/* A block of its own, so that reading behind it, or later, is seen. */
	uint8_t *own = mem_grow(NULL, bytes.len, 1);
	memcpy(own, bytes.at, bytes.len);
	fuzz_line->base.read_at = loop_now_fresh(fuzz_line->base.loop);
	fuzz_line->base.events->data(fuzz_line->base.owner, slice_of(own, bytes.len));
	free(own);
}

void fuzz_line_ends(void)
{
	if (!can_tell())
		return;
	fuzz_line->over = true;
	fuzz_line->base.events->end(fuzz_line->base.owner);
}

void fuzz_line_fails(void)
{
	struct error err;
	if (!fuzz_line || fuzz_line->dead)
		return;
	error_set(&err, fuzz_line->up ? STATUS_REPLY : STATUS_CONNECT, "the line failed");
	fuzz_line->dead = true;
	transport_fail(&fuzz_line->base, &err);
}

void fuzz_line_drained(void)
{
	if (can_tell() && fuzz_line->base.events->drained)
		fuzz_line->base.events->drained(fuzz_line->base.owner);
}

void fuzz_line_boundary(void)
{
	if (can_tell() && fuzz_line->base.events->boundary)
		fuzz_line->base.events->boundary(fuzz_line->base.owner);
}

/* ---- time ---- */

static int64_t now = NS_PER_S;

struct loop *fuzz_loop(void)
{
	static struct loop *loop;
	if (!loop) {
		struct error err;
		loop = loop_new(&err);
		MUST(loop);
		loop_clock_set(loop, now);
	}
	return loop;
}

void fuzz_wait(int64_t ns)
{
	now += ns;
	loop_clock_set(fuzz_loop(), now);
	loop_step(fuzz_loop(), false);
}

void fuzz_settle(void)
{
	for (int turn = 0; turn < 8 && fuzz_lines_alive; turn++)
		loop_step(fuzz_loop(), false);
	MUST(fuzz_lines_alive == 0 && !fuzz_line);
}
