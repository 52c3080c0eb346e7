/* limits.h - the caps of everything that grows with what a device, a file or a user sends. */
#ifndef WILCO_LIMITS_H
#define WILCO_LIMITS_H

enum {
	LIMIT_LINE = 64 * 1024,                /* a line of the language, a command, bytes */
	LIMIT_FRAME = 1024 * 1024,             /* a frame: the default of the setting `max` */
	LIMIT_FRAME_MOST = 1024 * 1024 * 1024, /* what `max` may be set to */
	LIMIT_FILE = 16 * 1024 * 1024,         /* a macro or configuration file */
	LIMIT_EXCHANGE = 64 * 1024 * 1024,     /* replies kept with one command */
	LIMIT_COMMANDS = 10000,                /* commands waiting in one session */
	LIMIT_TRANSCRIPT = 64 * 1024 * 1024,   /* a session's record in memory */
	LIMIT_QUEUE = 1024 * 1024,             /* bytes waiting for a peer that does not read */
	LIMIT_MESSAGE = 64 * 1024,             /* text composed for a person */
	LIMIT_NOTATION = 4096,                 /* a frame notation */
	LIMIT_ITEMS = 64,                      /* items of a compiled side */
	LIMIT_NAMES = 32,                      /* fields of a frame */
	LIMIT_LEVELS = 4,                      /* nested transforms */
	LIMIT_VARIANTS = 8,                    /* alternatives of a side */
	LIMIT_PATTERNS = 32,                   /* of a reply rule */
	LIMIT_READ = 256 * 1024,               /* one read from a device */
};

#endif
