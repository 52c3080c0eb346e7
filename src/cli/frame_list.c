/* frame_list.c - `wilco frame list [crc]`: what has a name in a notation. */
#include "cli/frame_job.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/out.h"

/* An entry of the book of frames. */
struct listed {
	const char *name, *group, *what, *notation;
	const char *before; /* the group of the entry before; NULL: this is the first */
};

static void list_plain(const struct output *format, const void *arg)
{
	const struct listed *l = arg;
	(void)format;
	if (!l->before || strcmp(l->group, l->before) != 0)
		bytes_addf(out_begin(), "%s%s\n", l->before ? "\n" : "", l->group);
	bytes_addf(out_begin(), "  %-12s ", l->name);
	text_add(out_begin(), slice_str(l->what ? l->what : l->notation),
		TEXT_PLAIN | out_spelling());
	out_end();
}

static void list_json(struct json *o, const void *arg)
{
	const struct listed *l = arg;
	json_text(o, "frame", slice_str(l->name));
	json_text(o, "group", slice_str(l->group));
	json_text(o, "help", slice_str(l->what ? l->what : ""));
	json_text(o, "notation", slice_str(l->notation));
}

static void list_crc_plain(const struct output *format, const void *arg)
{
	const struct frame_crc *crc = arg;
	(void)format;
	bytes_addf(out_begin(), "%-26s %s", crc->name, crc->users ? crc->users : "your own");
	if (crc->others->len)
		bytes_addf(out_begin(), "; also %s", bytes_str(crc->others));
	out_end();
}

static void list_crc_json(struct json *o, const void *arg)
{
	const struct frame_crc *crc = arg;
	json_text(o, "crc", slice_str(crc->name));
	json_text(o, "also", bytes_slice(crc->others));
	json_text(o, "help", slice_str(crc->users ? crc->users : ""));
	json_text(o, "parameters", bytes_slice(crc->line));
}

/* Lists the CRCs that a notation can name. */
static enum status list_crcs(struct cli *cli)
{
	struct bytes others, line;
	struct frame_crc crc = {.others = &others, .line = &line};
	bytes_init(&others, LIMIT_MESSAGE);
	bytes_init(&line, LIMIT_MESSAGE);
	for (size_t i = 0; frame_crc(cli->context->book, i, &crc) && !out_failed(); i++)
		out_result(&(struct result){list_crc_plain, list_crc_json, &crc});
	bytes_free(&others);
	bytes_free(&line);
	return STATUS_OK;
}

static enum status list(struct cli *cli)
{
	struct frame_book *book = cli->context->book;
	struct error err;
	if (cli->count == 2 && strcmp(cli->words[1], "crc") == 0)
		return list_crcs(cli);
	if (cli->count == 2) {
		error_set(&err, STATUS_USAGE, "wilco frame list [crc], not '%s'",
			quote(slice_str(cli->words[1])).text);
		return cli_error(&err, SLICE(""));
	}
	struct listed l = {0};
	for (size_t i = 0; (l.name = frame_book_name(book, i, &l.group, &l.what)); i++) {
		l.notation = frame_book_notation(book, slice_str(l.name));
		out_result(&(struct result){list_plain, list_json, &l});
		l.before = l.group;
	}
	return STATUS_OK;
}

const struct cli_command frame_action_list = {.name = "list",
	.args = "[crc]",
	.help = "the frames, or the CRCs, that have a name",
	.about = "Lists the frames that have a name, by group; with crc the CRCs that a notation "
		 "can name.",
	.example = "frame list crc",
	.least = 1,
	.most = 2,
	.by = BY_FRAME_LIST,
	.words = {WORD_CRC, WORD_ANY},
	.run = list,
	.part_of = &cli_frame};
