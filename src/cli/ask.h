/* ask.h - asks the person at the terminal. */
#ifndef WILCO_ASK_H
#define WILCO_ASK_H

#include "cli/cli.h"

/* From now on secrets that nobody gave are asked for at the terminal, where there is one. */
void cli_ask_secrets(struct cli *cli);

/* Says whether there is a terminal at which a person can be asked. */
bool cli_can_ask(void);
/* Asks for a line, which is added to `answer`; false: none was given, or a signal came, which comes
 * again. */
bool cli_ask(struct slice question, struct bytes *answer);

#endif
