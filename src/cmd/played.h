/* played.h - a macro that runs at the devices of the shell: .play, and loops that were typed. */
#ifndef WILCO_PLAYED_H
#define WILCO_PLAYED_H

#include <wilco/session.h>

struct shell;
struct verb;
struct played;

/* Plays a macro of this name, or a file; false: err says why it does not begin. */
bool played_start(struct shell *sh, struct slice name, const struct slice *args, size_t count,
	struct error *err);
/* Plays lines that were typed. */
bool played_text(struct shell *sh, struct slice text, struct error *err);
/* Lines that were typed: from .repeat or .every to .end they are kept, and then played. */
bool played_loop(struct shell *sh, const struct verb *verb, struct slice text, struct error *err);
bool played_collects(const struct shell *sh);
/* Says whether a loop has begun in the lines that wait, too. */
bool played_will_collect(const struct shell *sh);
bool played_collect(struct shell *sh, struct slice text, struct error *err);
bool played_drop(struct shell *sh); /* forgets them; false: there are none */
/* Ends it; false: none runs. */
bool played_stop(struct shell *sh);
void played_free(struct shell *sh);
/* A person was asked: gives the answer, or asks what could not be asked before. */
void played_answer(struct shell *sh, bool given, struct slice text);
void played_asks_again(struct shell *sh);
/* Tell it what happens at a device; the first returns whether the exchange was taken. */
bool played_unasked(struct shell *sh, struct session *s, struct exchange *x);
void played_frame(struct shell *sh, struct session *s, const struct exchange *x);
void played_state(struct shell *sh);

#endif
