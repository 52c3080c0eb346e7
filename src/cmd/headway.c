/* headway.c - see headway.h. */
#include "cmd/headway.h"

#include "base/number.h"
#include "cmd/cmd.h"

static const int64_t LONG_NS = 500 * NS_PER_MS;
static const int64_t SCREEN_NS = 100 * NS_PER_MS;
static const int64_t NOTE_NS = 5ll * NS_PER_S;
enum { MINUTE = 60 };

void headway_begin(struct headway *p, const struct shell *sh)
{
	*p = (struct headway){.loop = sh->loop, .begun = loop_now_fresh(sh->loop)};
}

bool headway_takes_long(const struct headway *p)
{
	return loop_now_fresh(p->loop) - p->begun >= LONG_NS;
}

void headway_tell(struct headway *p, struct shell *sh,
	void (*add)(const void *arg, struct bytes *out), const void *arg)
{
	int64_t now = loop_now_fresh(sh->loop);
	int64_t every = sh->ui->window ? SCREEN_NS : NOTE_NS;
	if (now - p->begun < LONG_NS || (p->told && now - p->told < every))
		return;
	p->told = now;
	if (sh->ui->window) {
		shell_refresh(sh);
		return;
	}
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	add(arg, &text);
	shell_print(sh, UI_NOTE, "%s", bytes_str(&text));
	bytes_free(&text);
}

void headway_add_size(uint64_t bytes, struct bytes *out)
{
	char text[SIZE_TEXT_MAX];
	bytes_add_str(out, size_text(bytes, text));
}

static void add_left(uint64_t seconds, struct bytes *out)
{
	if (seconds < 2 * MINUTE)
		bytes_addf(out, ", %u s left", (unsigned)seconds);
	else
		bytes_addf(out, ", %llu min left", (unsigned long long)(seconds / MINUTE));
}

void headway_add_rate(const struct headway *p, uint64_t done, uint64_t all, struct bytes *out)
{
	double seconds = (double)(loop_now_fresh(p->loop) - p->begun) / NS_PER_S;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	if (all) {
		unsigned percent = done < all ? (unsigned)((double)done * 100 / (double)all) : 100;
		bytes_addf(out, "%u %% of ", percent);
	}
	headway_add_size(all ? all : done, out);
	if (rate < 1)
		return;
	bytes_add_str(out, ", ");
	headway_add_size((uint64_t)rate, out);
	bytes_add_str(out, "/s");
	if (all > done)
		add_left((uint64_t)((double)(all - done) / rate), out);
}
