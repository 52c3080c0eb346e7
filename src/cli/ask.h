/* ask.h - asks the person at the terminal. */
#ifndef WILCO_ASK_H
#define WILCO_ASK_H

#include "cli/cli.h"

/* From now on secrets that nobody gave are asked for at the terminal, where there is one. */
void cli_ask_secrets(struct cli *cli);

#endif
