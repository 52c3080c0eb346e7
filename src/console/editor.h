/* editor.h - line editing by libedit, without a terminal of its own.
 *
 * libedit runs on a private pseudo-terminal that nobody looks at.  It asks for keys through a
 * callback, in which the program's loop runs; others paint what it holds (row.h).  Special keys
 * reach it as private keys (keys.h) bound to functions of ours, so that no callback of the loop
 * ever calls into it.
 */
#ifndef WILCO_EDITOR_H
#define WILCO_EDITOR_H

#include <wchar.h>
#include <wilco/bytes.h>
#include <wilco/error.h>

struct editor;

enum { EDITOR_CHARACTERS_MAX = 16000 };

struct editor_events {
	/* Returns the next key; false at the end.  Runs the loop, while the line is consistent. */
	bool (*key)(void *owner, wchar_t *key);
	/* Handles a private key; it may call editor_replace() and editor_insert(). */
	void (*command)(void *owner, wchar_t key);
};

/* Makes an editor.  notes gets what is wrong in the user's settings, a line each. */
struct editor *editor_new(
	const struct editor_events *events, void *owner, struct bytes *notes, struct error *err);
void editor_free(struct editor *e); /* NULL is allowed */

/* Edits one line; false at the end of input.  *line is valid until the next call. */
bool editor_line(struct editor *e, const wchar_t **line, size_t *length);
/* Returns what is being edited. */
void editor_now(struct editor *e, const wchar_t **line, size_t *length, size_t *cursor);
bool editor_is_vi(struct editor *e);    /* as ~/.editrc chose */
bool editor_commands(struct editor *e); /* vi's keys are commands now; otherwise they insert */
/* Says whether ~/.editrc binds ESC and this letter, so that both keys are for the editor. */
bool editor_has_alt(struct editor *e, uint32_t letter);
void editor_go_to(struct editor *e, size_t cursor);
/* Only command() may call these. */
void editor_replace(struct editor *e, const wchar_t *line);
void editor_insert(struct editor *e, const wchar_t *text);

#endif
