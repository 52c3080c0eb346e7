/* guess_tried.c - tries a frame on the bytes that are there, before anybody is told of it. */
#include "cmd/guess_private.h"

/* A splitter with its buffers. */
struct trial {
	struct frame_values values;
	struct bytes pending, scratch;
	struct split *split;
};

static void trial_begin(struct trial *t, const struct frame *frame, const struct field_value *sent)
{
	bytes_init(&t->pending, LIMIT_FRAME_MOST);
	bytes_init(&t->scratch, LIMIT_FRAME_MOST);
	t->split = split_new(
		frame, SIDE_REPLY, sent, t->values.at, LIMIT_FRAME, &t->pending, &t->scratch);
}

static void trial_end(struct trial *t)
{
	split_free(t->split);
	bytes_free(&t->pending);
	bytes_free(&t->scratch);
}

bool guess_reads(const struct frame *frame, struct slice bytes, struct bytes *last)
{
	struct trial t;
	struct split_event e;
	size_t frames = 0;
	bool whole = true;
	trial_begin(&t, frame, NULL);
	split_feed(t.split, bytes);
	for (int ended = 0; ended < 2; ended++) {
		while (split_next(t.split, &e)) {
			whole = whole && (e.kind == SPLIT_FRAME || e.kind == SPLIT_ACK);
			frames += e.kind == SPLIT_FRAME;
			if (last) {
				bytes_clear(last);
				bytes_add(last, e.payload);
			}
		}
		split_gap(t.split);
		split_close(t.split);
	}
	trial_end(&t);
	return whole && frames;
}

/* Says whether the frame sends these bytes, which may have tokens of its protocol before them. */
static bool sends(const struct frame *frame, const struct guess_seen *seen, struct slice payload,
	const struct field_value *fields)
{
	struct frame_values before = {0};
	struct bytes sent, wire, scratch;
	struct error err;
	bytes_init(&sent, LIMIT_WIRE);
	bytes_init(&wire, LIMIT_WIRE);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	guess_add_sent(seen, &sent);
	bool good = frame_encode(
		frame, SIDE_COMMAND, payload, fields, before.at, 0, &scratch, &wire, &err);
	struct slice ack = frame_rules(frame)->ack, rest = bytes_slice(&sent);
	while (good && ack.len && !slice_equal(rest, bytes_slice(&wire)) && slice_starts(rest, ack))
		rest = slice_cut(rest, ack.len, rest.len);
	good = good && slice_equal(rest, bytes_slice(&wire)) &&
	       frame_half_closes(frame, SIDE_COMMAND) == seen->half_close;
	bytes_free(&sent);
	bytes_free(&wire);
	bytes_free(&scratch);
	return good;
}

/* Takes the events that are there.  Returns false where they are more or other than one reply. */
static bool take_reply(struct split *split, struct reply_tracker *tracker, bool *done)
{
	struct split_event e;
	while (split_next(split, &e)) {
		if (e.kind == SPLIT_ACK || (e.kind == SPLIT_FRAME && e.mark == MARK_ECHO))
			continue;
		if (e.kind != SPLIT_FRAME || *done)
			return false;
		*done = reply_take(tracker, &e) == REPLY_DONE;
	}
	return true;
}

/* Says whether what came is one whole reply, which the device's close or silence may end. */
static bool is_answered(const struct frame *frame, const struct guess_seen *seen,
	struct slice payload, const struct field_value *fields)
{
	struct trial t;
	struct reply_tracker tracker;
	struct bytes sent;
	bool done = false;
	bytes_init(&sent, LIMIT_WIRE);
	guess_add_sent(seen, &sent);
	trial_begin(&t, frame, fields);
	if (frame_rules(frame)->echo)
		split_expect_echo(t.split, bytes_slice(&sent));
	reply_begin(&tracker, frame, payload, fields);
	split_feed(t.split, seen->reply);
	bool good = take_reply(t.split, &tracker, &done);
	if (good && !done)
		split_gap(t.split);
	good = good && take_reply(t.split, &tracker, &done);
	if (good && (seen->closed || seen->datagrams))
		split_close(t.split);
	good = good && take_reply(t.split, &tracker, &done) && done && !split_pending(t.split);
	trial_end(&t);
	bytes_free(&sent);
	return good;
}

bool guess_holds(const struct frame *frame, const struct guess_seen *seen, struct slice payload,
	const struct field_value *fields)
{
	if (!seen->asked)
		return guess_reads(frame, seen->reply, NULL);
	return sends(frame, seen, payload, fields) &&
	       (seen->endless || is_answered(frame, seen, payload, fields));
}

bool guess_try(const struct frame_book *book, struct slice notation, const struct guess_seen *seen,
	struct slice payload)
{
	struct error err;
	struct frame *frame = frame_compile(book, notation, &err);
	bool good = frame && guess_holds(frame, seen, payload, NULL);
	frame_unref(frame);
	return good;
}
