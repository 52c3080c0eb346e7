/* login.h - plays the logins of sessions: a macro on each line, before the first command goes out.
 *
 * There is one player in a process, because sessions know only that there is one
 * (session_play_logins()).
 */
#ifndef WILCO_PLAY_LOGIN_H
#define WILCO_PLAY_LOGIN_H

#include <wilco/macro.h>
#include <wilco/session.h>

/* What the macros are read with; borrowed. */
struct logins_config {
	struct frame_book *book;
	const struct verb *const *verbs;
};
void logins_begin(const struct logins_config *config);
void logins_end(void);

/* Says whether the login of a target, if it has one, can be played: the macro is there and right,
 * and its secrets are known, for which a person may be asked. */
bool login_check(struct loop *loop, const struct target *t, struct error *err);

/* Asks a person who cannot be waited for (a console) for the secret that was missed last; false:
 * not now.  NULL: there is no such person.  logins_answer() follows. */
void logins_on_ask(bool (*ask)(void *arg), void *arg);
/* Goes on with the logins that wait for a secret; given: it is known now. */
void logins_answer(bool given);
/* Asks again what could not be asked before. */
void logins_ask_again(void);

#endif
