/* view_auto.c - shows a reply as text, and as a dump where most of it is no text. */
#include "base/text.h"
#include "pane/block.h"

enum { SAMPLE = 4096, SHORT = 4, HEX_ROW = 16 };

/* Says whether text would be full of escapes.  Of a long reply only the beginning is looked at. */
static bool is_binary(struct slice payload, unsigned charset)
{
	size_t most = payload.len < SAMPLE ? payload.len : SAMPLE, escaped = 0, cells, n;
	if (payload.len < SHORT)
		return false;
	for (size_t at = 0; at < most; at += n) {
		uint8_t byte = payload.at[at];
		n = 1;
		if ((byte >= ' ' && byte < 0x7F) || (byte >= '\t' && byte <= '\r'))
			continue;
		n = text_step(slice_cut(payload, at, payload.len), charset * TEXT_CHARSET, &cells);
		escaped += n == 1 && cells == TEXT_MOST;
	}
	return escaped > most / 4;
}

/* Bytes of a binary frame are shown as hex, and as a dump where that takes more than a row. */
static const struct view *choose(const struct frame *frame, struct slice payload, unsigned charset)
{
	bool dump = frame && frame_spelling(frame) ? payload.len > HEX_ROW
						   : is_binary(payload, charset);
	return dump ? &view_dump : &view_text;
}

const struct view view_auto = {.name = "auto", .choose = choose};
