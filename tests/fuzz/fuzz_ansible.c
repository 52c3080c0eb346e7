/* Any file of parameters from Ansible: it is read or refused with a reason; what was read goes
 * together, and no secret stands where it would be seen. */
#include "fuzz/fuzz.h"

#include "base/secret.h"
#include "cli/ansible.h"

static void check_seen(const char *text)
{
	MUST(!text || !secret_in(slice_str(text)));
}

static void check_pairs(const struct ansible_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		check_seen(pairs->at[i].name);
		check_seen(pairs->at[i].value);
	}
}

static void check_line(const char *text)
{
	MUST(!text || !strchr(text, '\n'));
}

static void check_args(const struct ansible_args *a)
{
	MUST(a->device && *a->device);
	MUST(!a->command.count != !a->macro);
	MUST(!a->query == !a->want);
	MUST(a->expect.count <= 1 || a->expect.count == a->command.count);
	check_seen(a->device);
	check_seen(a->frame);
	check_seen(a->timeout);
	check_seen(a->macro);
	check_pairs(&a->settings);
	check_pairs(&a->fields);
	check_pairs(&a->vars);
	check_line(a->device);
	check_line(a->query);
	for (size_t i = 0; i < a->command.count; i++)
		check_line(a->command.at[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ansible_args args;
	struct error err = {0};
	if (ansible_args_read(slice_of(data, size), &args, &err))
		check_args(&args);
	else
		MUST(err.what[0]);
	ansible_args_free(&args);
	secret_forget();
	return 0;
}
