/* uucp_lock.h - the lock files of terminal programs: /run/lock/LCK..ttyUSB0 (Filesystem Hierarchy
 * Standard 3.0, 5.9), which say by whom a port is used before it is opened: opening one raises DTR
 * and may restart the device. */
#ifndef WILCO_TRANSPORT_UUCP_LOCK_H
#define WILCO_TRANSPORT_UUCP_LOCK_H

#include <wilco/error.h>

/* Locks the port at this path for our process.  *lock is the file's name, for uucp_unlock(); NULL
 * where this user may make none, which is no failure.  False: a process that lives has it. */
bool uucp_lock(const char *port, char **lock, struct error *err);
void uucp_unlock(char **lock);
/* Returns the process that has locked the port of this name, "ttyUSB0"; 0: none has.  root stands
 * in front of all paths. */
long uucp_holder(const char *root, const char *name);
/* Gives the name of a process's program; empty: it cannot be seen. */
enum { UUCP_PROGRAM_MAX = 32 };
void uucp_program(const char *root, long pid, char name[UUCP_PROGRAM_MAX]);

#endif
