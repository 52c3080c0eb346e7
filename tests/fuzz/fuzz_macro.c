/* Any file as a macro: it is checked to its end and nothing is sent, or it is refused with its file
 * and line.  Lines that it includes or plays are its own, of which there are as many as it likes.
 */
#include "fuzz/fuzz.h"
#include "fuzz/home.h"
#include "fuzz/input.h"

#include "cmd/cmd.h"
#include "cmd/context.h"
#include "loop/loop.h"
#include "play/play.h"

static struct context context;
static struct bytes said;
static bool over;
static enum status status;

static bool target(void *owner, struct slice name, const char *instead, struct target *t,
	struct slice *wrong, struct error *err)
{
	(void)owner;
	(void)instead;
	return context_target_at(&context, name, name.len ? name : SLICE("127.0.0.1:1"),
		NAMED_BY_LINE, t, wrong, err);
}

static bool define(void *owner, struct slice line, struct error *err)
{
	(void)owner;
	return devices_define(&context.devices, line, err) != NULL;
}

static void on_failed(void *owner, enum status with, struct bytes *shown)
{
	(void)owner;
	MUST(with == STATUS_USAGE && shown->len);
	for (size_t i = 0; i < shown->len; i++)
		MUST(shown->at[i] >= 0x20 || shown->at[i] == '\n');
	MUST(memchr(shown->at, ':', shown->len));
	bytes_add(&said, bytes_slice(shown));
}

static void on_ended(void *owner, enum status with)
{
	(void)owner;
	MUST(!over);
	over = true;
	status = with;
}

/* Nothing runs, so nobody is told of anything. */
static void on_step(void *owner, const struct step_result *r)
{
	(void)owner;
	(void)r;
	MUST(false);
}

static bool on_exchange(void *owner, struct session *s, struct exchange *x)
{
	(void)owner;
	(void)s;
	(void)x;
	MUST(false);
	return false;
}

static const struct play_events events = {.begins = on_step,
	.step = on_step,
	.exchange = on_exchange,
	.failed = on_failed,
	.ended = on_ended};
static const struct play_host host = {.target = target, .define = define};

static void check(struct loop *loop, const char *path)
{
	struct error err = {0};
	const struct play_config config = {.loop = loop,
		.book = context.book,
		.verbs = verbs,
		.said = &context.settings,
		.flags = PLAY_CHECK,
		.host = &host,
		.events = &events};
	struct play *play = play_new(&config, path, &err);
	MUST(play);
	play_go(play);
	MUST(over && (status == STATUS_OK ? !said.len : said.len > 0));
	play_free(play);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loop *loop;
	struct options options = {0};
	struct bytes shown;
	struct error err = {0};
	char path[4096];
	if (size > 20000)
		return 0;
	if (!loop)
		loop = loop_new(&err);
	MUST(loop);
	bytes_init(&shown, LIMIT_MESSAGE);
	bytes_init(&said, LIMIT_MESSAGE);
	over = false;
	home_put("self.wilco", slice_of(data, size));
	snprintf(path, sizeof path, "%s/self.wilco", fuzz_home());
	MUST(context_open(&context, &options, &shown, &err));
	check(loop, path);
	context_close(&context);
	bytes_free(&said);
	bytes_free(&shown);
	return 0;
}
