# Unit tests by layer (C, tests/LAYER/test_*.c) and tests of the programs (Python, tests/e2e/).
# Every assertion is one TAP line.
tests_tap = %D%/lib/tap.c %D%/lib/tap.h
tests_regex = %D%/lib/regex.c src/adapter/regex.c
tests_meaning = %D%/lib/meaning.c %D%/lib/meaning.h

# What a unit test of each layer may link: its own layer and those below.
tests_base_libs = src/libbase.a
tests_frame_libs = src/libframe.a $(tests_base_libs)
tests_loop_libs = src/libloop.a $(tests_base_libs)
tests_transport_libs = src/libtransport.a src/libadapter.a $(tests_loop_libs)
tests_session_libs = src/libsession.a src/libtransport.a src/libadapter.a src/libloop.a $(tests_frame_libs)
tests_record_libs = src/librecord.a $(tests_session_libs)
tests_macro_libs = src/libmacro.a $(tests_session_libs)

check_PROGRAMS += %D%/base/test_base
%C%_base_test_base_SOURCES = %D%/base/test_base.c $(tests_tap)
%C%_base_test_base_LDADD = $(tests_base_libs)

# These take longest, so that they begin first.
slow_tests = \
	%D%/e2e/test_faults.py \
	%D%/e2e/test_round_trip.py \
	%D%/e2e/test_pipe.py \
	%D%/e2e/test_ansible.py \
	%D%/e2e/test_screen.py \
	%D%/e2e/test_console.py \
	%D%/e2e/test_tap_console.py \
	%D%/e2e/test_each.py \
	%D%/e2e/test_edit.py \
	%D%/e2e/test_fleet.py \
	%D%/e2e/test_import.py \
	%D%/e2e/test_leading.py \
	%D%/e2e/test_ssh.py \
	%D%/e2e/test_tap.py

e2e_tests = $(slow_tests) \
	%D%/e2e/test_accept.py \
	%D%/e2e/test_ahead.py \
	%D%/e2e/test_ansible_module.py \
	%D%/e2e/test_bad_input.py \
	%D%/e2e/test_beside.py \
	%D%/e2e/test_charset.py \
	%D%/e2e/test_check_listen.py \
	%D%/e2e/test_clients.py \
	%D%/e2e/test_probe.py \
	%D%/e2e/test_completion.py \
	%D%/e2e/test_descriptors.py \
	%D%/e2e/test_device.py \
	%D%/e2e/test_devices.py \
	%D%/e2e/test_figures.py \
	%D%/e2e/test_dump.py \
	%D%/e2e/test_fmt.py \
	%D%/e2e/test_fleet_console.py \
	%D%/e2e/test_frame.py \
	%D%/e2e/test_greeting.py \
	%D%/e2e/test_tell.py \
	%D%/e2e/test_cancel.py \
	%D%/e2e/test_now.py \
	%D%/e2e/test_handshake.py \
	%D%/e2e/test_help.py \
	%D%/e2e/test_hardening.py \
	%D%/e2e/test_hostile.py \
	%D%/e2e/test_hostile_panels.py \
	%D%/e2e/test_hostile_screen.py \
	%D%/e2e/test_view.py \
	%D%/e2e/test_term.py \
	%D%/e2e/test_transfer.py \
	%D%/e2e/test_manual.py \
	%D%/e2e/test_manual_frame.py \
	%D%/e2e/test_manual_macro.py \
	%D%/e2e/test_output.py \
	%D%/e2e/test_no_exec.py \
	%D%/e2e/test_lines.py \
	%D%/e2e/test_looks.py \
	%D%/e2e/test_live.py \
	%D%/e2e/test_login.py \
	%D%/e2e/test_one_line.py \
	%D%/e2e/test_overview.py \
	%D%/e2e/test_paste.py \
	%D%/e2e/test_play_bad.py \
	%D%/e2e/test_play.py \
	%D%/e2e/test_play_console.py \
	%D%/e2e/test_play_files.py \
	%D%/e2e/test_play_jobs.py \
	%D%/e2e/test_play_options.py \
	%D%/e2e/test_play_programs.py \
	%D%/e2e/test_ports.py \
	%D%/e2e/test_files.py \
	%D%/e2e/test_record.py \
	%D%/e2e/test_queues.py \
	%D%/e2e/test_report.py \
	%D%/e2e/test_resync.py \
	%D%/e2e/test_rigctld.py \
	%D%/e2e/test_send.py \
	%D%/e2e/test_secrets.py \
	%D%/e2e/test_sessions.py \
	%D%/e2e/test_serve.py \
	%D%/e2e/test_sheet.py \
	%D%/e2e/test_trial.py \
	%D%/e2e/test_tap_faults.py \
	%D%/e2e/test_tap_lines.py \
	%D%/e2e/test_tap_splits.py \
	%D%/e2e/test_simulate.py \
	%D%/e2e/test_start.py \
	%D%/e2e/test_tls.py \
	%D%/e2e/test_transports.py \
	%D%/e2e/test_tutorial.py

# Text files, each a device and what is asked of it; tests/lib/run_case.py says their form.
case_tests = \
	%D%/cases/binary.t \
	%D%/cases/lines.t \
	%D%/cases/no-reply.t \
	%D%/cases/usage.t

# Devices that are late and lines that break, by a seed; all of it with make chaos SEED=n COMMANDS=n.
chaos_tests = %D%/chaos/test_chaos.py
EXTRA_DIST += $(chaos_tests) %D%/chaos/compare.py %D%/chaos/device.py %D%/chaos/doctored.py \
	%D%/chaos/plan.py %D%/chaos/protocol.py
SEED =
COMMANDS = 5000
chaos: all
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/$(chaos_tests) '$(SEED)' '$(COMMANDS)'
.PHONY: chaos

# Programs and devices that say random bytes in random pieces through a tap, with half-closes and resets; make check
# plays some rounds, make tap-splits 10,000, make tap-splits SEED=n ROUNDS=n others.
ROUNDS = 10000
tap-splits: all
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) export WILCO_SEED='$(SEED)' WILCO_ROUNDS='$(ROUNDS)'; \
	$(PYTHON) $(top_srcdir)/%D%/e2e/test_tap_splits.py
.PHONY: tap-splits

# What a hostile device says to a console, in the views and in terminal mode; make check has 10,000 random replies,
# make hostile SEED=n ROUNDS=n others.
hostile: all
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) export WILCO_SEED='$(SEED)' WILCO_ROUNDS='$(ROUNDS)'; \
	$(PYTHON) $(top_srcdir)/%D%/e2e/test_hostile_screen.py
.PHONY: hostile

# A library in which what is asked of the system fails, preloaded by the tests of that name, which try a
# sample; make torture tries all, make torture ONLY='send:read:EIO' some.  It is built without sanitizers.
torture_tests = %D%/e2e/test_torture.py %D%/e2e/test_torture_console.py %D%/e2e/test_torture_lines.py
EXTRA_PROGRAMS += %D%/torture/torture.so
CLEANFILES += $(EXTRA_PROGRAMS)
check_DATA += %D%/torture/torture.so
%C%_torture_torture_so_SOURCES = %D%/torture/torture.c
%C%_torture_torture_so_CFLAGS = -std=gnu11 -Wall -Wextra -fPIC -fno-builtin
%C%_torture_torture_so_LDFLAGS = -shared
ONLY =
torture: all %D%/torture/torture.so
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) \
	export WILCO_TORTURE_WHOLE=1 WILCO_TORTURE_ONLY='$(ONLY)'; failed=; \
	for test in $(torture_tests); do $(PYTHON) $(top_srcdir)/$$test || failed=1; done; test -z "$$failed"
.PHONY: torture

TESTS += $(torture_tests) $(check_PROGRAMS) $(e2e_tests) $(case_tests) $(chaos_tests)
EXTRA_DIST += %D%/lib/valgrind.supp
EXTRA_DIST += $(e2e_tests) $(case_tests) $(torture_tests) %D%/lib/peers.py %D%/lib/crc.py %D%/lib/taps.py %D%/lib/torture.py %D%/e2e/script.py %D%/lib/devices.py %D%/lib/packets.py %D%/lib/ports.py %D%/lib/record.py %D%/lib/golden.py %D%/lib/hostile.py %D%/lib/wilcotest.py \
	%D%/lib/run_case.py
# Recordings that test_clients.py plays as devices for real programs.
EXTRA_DIST += %D%/clients/avrdude-stk500v1.wilco \
	%D%/clients/five.pcapng \
	%D%/clients/cups-socket.wilco \
	%D%/clients/gdb-remote.wilco \
	%D%/clients/gpsd-nmea.wilco \
	%D%/clients/lcdd-cfontz.wilco \
	%D%/clients/lxi-scpi.wilco \
	%D%/clients/mbpoll-rtu.wilco \
	%D%/clients/mbpoll-tcp.wilco \
	%D%/clients/nut-apcsmart.wilco \
	%D%/clients/nut-megatec.wilco \
	%D%/clients/rigctl-ts2000.wilco \
	%D%/clients/rotctl-easycomm.wilco \
	%D%/clients/rotctl-gs232b.wilco \
	%D%/clients/snmp.pcapng
EXTRA_DIST += %D%/screens/anatomy-132x50.txt \
	%D%/screens/anatomy-40x10.txt \
	%D%/screens/anatomy-80x24.txt \
	%D%/screens/boot-132x50.txt \
	%D%/screens/boot-40x10.txt \
	%D%/screens/boot-80x24.txt \
	%D%/screens/browse-132x50.txt \
	%D%/screens/browse-40x10.txt \
	%D%/screens/browse-80x24.txt \
	%D%/screens/common-132x50.txt \
	%D%/screens/common-40x10.txt \
	%D%/screens/common-80x24.txt \
	%D%/screens/devices-132x50.txt \
	%D%/screens/devices-40x10.txt \
	%D%/screens/devices-80x24.txt \
	%D%/screens/dump-132x50.txt \
	%D%/screens/dump-40x10.txt \
	%D%/screens/dump-80x24.txt \
	%D%/screens/help-132x50.txt \
	%D%/screens/help-40x10.txt \
	%D%/screens/help-80x24.txt \
	%D%/screens/hex-80x24.txt \
	%D%/screens/leading-probe-132x50.txt \
	%D%/screens/leading-probe-40x10.txt \
	%D%/screens/leading-probe-80x24.txt \
	%D%/screens/leading-prompt-80x30.txt \
	%D%/screens/live-dots-132x50.txt \
	%D%/screens/live-dots-40x10.txt \
	%D%/screens/live-dots-80x24.txt \
	%D%/screens/live-show-132x50.txt \
	%D%/screens/live-show-40x10.txt \
	%D%/screens/live-show-80x24.txt \
	%D%/screens/set-40x10.txt \
	%D%/screens/set-80x24.txt \
	%D%/screens/said-132x50.txt \
	%D%/screens/said-40x10.txt \
	%D%/screens/said-80x24.txt \
	%D%/screens/switch-132x50.txt \
	%D%/screens/switch-40x10.txt \
	%D%/screens/switch-80x24.txt \
	%D%/screens/tap-anatomy-132x50.txt \
	%D%/screens/tap-anatomy-80x24.txt \
	%D%/screens/tap-dump-132x50.txt \
	%D%/screens/tap-dump-80x24.txt \
	%D%/screens/tap-text-132x50.txt \
	%D%/screens/tap-text-80x24.txt \
	%D%/screens/text-132x50.txt \
	%D%/screens/text-40x10.txt \
	%D%/screens/text-80x24.txt \
	%D%/screens/verb-132x50.txt \
	%D%/screens/verb-40x10.txt \
	%D%/screens/verb-80x24.txt \
	%D%/screens/view-anatomy-132x50.txt \
	%D%/screens/view-anatomy-80x24.txt \
	%D%/screens/view-days-132x50.txt \
	%D%/screens/view-days-40x10.txt \
	%D%/screens/view-days-80x24.txt \
	%D%/screens/view-dump-132x50.txt \
	%D%/screens/view-dump-80x24.txt \
	%D%/screens/view-text-132x50.txt \
	%D%/screens/view-text-80x24.txt \
	%D%/screens/words-132x50.txt \
	%D%/screens/words-40x10.txt \
	%D%/screens/words-80x24.txt
TEST_EXTENSIONS = .py .t

# `make check VALGRIND=valgrind` runs everything under it, but for programs that are not wilco's: lrzsz reads beyond its
# own memory, and would end with valgrind's status.
VALGRIND =
VALGRIND_SKIP = /bin/*,/sbin/*,/usr/bin/*,/usr/sbin/*,/usr/local/bin/*
VALGRIND_FLAGS = -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
	--errors-for-leak-kinds=definite,indirect --trace-children=yes \
	--trace-children-skip=$(VALGRIND_SKIP) --read-inline-info=no \
	--suppressions=$(abs_top_srcdir)/tests/lib/valgrind.supp
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
PY_LOG_DRIVER = $(LOG_DRIVER)
LOG_COMPILER = $(VALGRIND:valgrind=valgrind $(VALGRIND_FLAGS))
PY_LOG_COMPILER = $(PYTHON)
T_LOG_DRIVER = $(LOG_DRIVER)
T_LOG_COMPILER = $(PYTHON) $(top_srcdir)/tests/lib/run_case.py
AM_TESTS_ENVIRONMENT = \
	WILCO='$(abs_top_builddir)/wilco'; export WILCO; \
	WILCO_WRAP='$(VALGRIND:valgrind=valgrind $(VALGRIND_FLAGS))'; export WILCO_WRAP; \
	WILCO_HARDENING='$(WILCO_HARDENING)'; export WILCO_HARDENING; \
	WILCO_TORTURE_LIBRARY='$(abs_top_builddir)/%D%/torture/torture.so'; export WILCO_TORTURE_LIBRARY; \
	PYTHONPATH='$(abs_top_srcdir)/tests/lib'; export PYTHONPATH; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	srcdir='$(abs_top_srcdir)'; export srcdir;

check_PROGRAMS += %D%/frame/test_frame
%C%_frame_test_frame_SOURCES = %D%/frame/test_frame.c $(tests_tap)
%C%_frame_test_frame_LDADD = $(tests_frame_libs)

check_PROGRAMS += %D%/frame/test_vectors
%C%_frame_test_vectors_SOURCES = %D%/frame/test_vectors.c $(tests_tap)
%C%_frame_test_vectors_LDADD = $(tests_frame_libs)
EXTRA_DIST += %D%/frame/vectors.tsv

check_PROGRAMS += %D%/loop/test_loop
%C%_loop_test_loop_SOURCES = %D%/loop/test_loop.c $(tests_tap)
%C%_loop_test_loop_LDADD = $(tests_loop_libs) $(UV_LIBS)

# Adapters themselves; that of TLS beside a server in memory.
check_PROGRAMS += %D%/adapter/test_tls
%C%_adapter_test_tls_SOURCES = %D%/adapter/test_tls.c src/adapter/tls.c %D%/fuzz/server.c %D%/fuzz/server.h $(tests_tap)
%C%_adapter_test_tls_CFLAGS = $(AM_CFLAGS) $(SSL_CFLAGS)
%C%_adapter_test_tls_LDADD = $(tests_base_libs) $(SSL_LIBS)

check_PROGRAMS += %D%/adapter/test_vt
%C%_adapter_test_vt_SOURCES = %D%/adapter/test_vt.c src/adapter/vt.c $(tests_tap)
%C%_adapter_test_vt_CFLAGS = $(AM_CFLAGS) $(TSM_CFLAGS)
%C%_adapter_test_vt_LDADD = $(tests_base_libs) $(TSM_LIBS)

check_PROGRAMS += %D%/transport/test_transport
%C%_transport_test_transport_SOURCES = %D%/transport/test_transport.c $(tests_tap)
%C%_transport_test_transport_LDADD = $(tests_transport_libs) $(line_libs)

check_PROGRAMS += %D%/transport/test_udp
%C%_transport_test_udp_SOURCES = %D%/transport/test_udp.c $(tests_tap)
%C%_transport_test_udp_LDADD = $(tests_transport_libs) $(line_libs)

check_PROGRAMS += %D%/transport/test_names
%C%_transport_test_names_SOURCES = %D%/transport/test_names.c $(tests_tap)
%C%_transport_test_names_LDADD = $(tests_transport_libs) $(line_libs)

check_PROGRAMS += %D%/transport/test_marks
%C%_transport_test_marks_SOURCES = %D%/transport/test_marks.c $(tests_tap)
%C%_transport_test_marks_LDADD = $(tests_transport_libs) $(line_libs)

check_PROGRAMS += %D%/macro/test_difference
%C%_macro_test_difference_SOURCES = %D%/macro/test_difference.c $(tests_tap)
%C%_macro_test_difference_LDADD = $(tests_macro_libs) $(line_libs)

check_PROGRAMS += %D%/macro/test_condition
%C%_macro_test_condition_SOURCES = %D%/macro/test_condition.c $(tests_regex) $(tests_tap)
%C%_macro_test_condition_CFLAGS = $(AM_CFLAGS) $(PCRE2_CFLAGS)
%C%_macro_test_condition_LDADD = src/libmacro.a src/libadapter.a $(tests_frame_libs) $(PCRE2_LIBS)

check_PROGRAMS += %D%/macro/test_expected
%C%_macro_test_expected_SOURCES = %D%/macro/test_expected.c $(tests_regex) $(tests_tap)
%C%_macro_test_expected_CFLAGS = $(AM_CFLAGS) $(PCRE2_CFLAGS)
%C%_macro_test_expected_LDADD = src/libmacro.a src/libadapter.a $(tests_frame_libs) $(PCRE2_LIBS)

check_PROGRAMS += %D%/macro/test_names
%C%_macro_test_names_SOURCES = %D%/macro/test_names.c $(tests_tap)
%C%_macro_test_names_LDADD = $(tests_macro_libs) $(line_libs)
check_PROGRAMS += %D%/fleet/test_fold
%C%_fleet_test_fold_SOURCES = %D%/fleet/test_fold.c $(tests_tap)
%C%_fleet_test_fold_LDADD = src/libfleet.a $(tests_base_libs)

check_PROGRAMS += %D%/fleet/test_targets
%C%_fleet_test_targets_SOURCES = %D%/fleet/test_targets.c $(tests_tap)
%C%_fleet_test_targets_LDADD = src/libfleet.a $(tests_base_libs)

check_PROGRAMS += %D%/macro/test_order
%C%_macro_test_order_SOURCES = %D%/macro/test_order.c $(tests_tap)
%C%_macro_test_order_LDADD = $(tests_macro_libs) $(line_libs)

check_PROGRAMS += %D%/macro/test_format
%C%_macro_test_format_SOURCES = %D%/macro/test_format.c $(tests_meaning) $(tests_tap)
%C%_macro_test_format_LDADD = $(tests_macro_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_session
%C%_session_test_session_SOURCES = %D%/session/test_session.c $(tests_tap)
%C%_session_test_session_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/capture/test_capture
%C%_capture_test_capture_SOURCES = %D%/capture/test_capture.c $(tests_tap)
%C%_capture_test_capture_LDADD = src/libcapture.a $(tests_base_libs)

check_PROGRAMS += %D%/session/test_pairing
%C%_session_test_pairing_SOURCES = %D%/session/test_pairing.c $(tests_tap)
%C%_session_test_pairing_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_exchange
%C%_session_test_exchange_SOURCES = %D%/session/test_exchange.c $(tests_tap)
%C%_session_test_exchange_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_damage
%C%_session_test_damage_SOURCES = %D%/session/test_damage.c $(tests_tap)
%C%_session_test_damage_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_log
%C%_session_test_log_SOURCES = %D%/session/test_log.c $(tests_tap)
%C%_session_test_log_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_many
%C%_session_test_many_SOURCES = %D%/session/test_many.c $(tests_tap)
%C%_session_test_many_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/record/test_record
%C%_record_test_record_SOURCES = %D%/record/test_record.c $(tests_tap)
%C%_record_test_record_LDADD = $(tests_record_libs) $(line_libs)

check_PROGRAMS += %D%/tap/test_gate
%C%_tap_test_gate_SOURCES = %D%/tap/test_gate.c $(tests_tap)
%C%_tap_test_gate_LDADD = src/libtap.a $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/tap/test_tap
%C%_tap_test_tap_SOURCES = %D%/tap/test_tap.c $(tests_tap)
%C%_tap_test_tap_LDADD = src/libtap.a src/libsim.a $(tests_macro_libs) $(line_libs)

check_PROGRAMS += %D%/viewed/test_pieces
%C%_viewed_test_pieces_SOURCES = %D%/viewed/test_pieces.c $(tests_tap)
%C%_viewed_test_pieces_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/viewed/test_viewed
%C%_viewed_test_viewed_SOURCES = %D%/viewed/test_viewed.c $(tests_tap)
%C%_viewed_test_viewed_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/pane/test_pane
%C%_pane_test_pane_SOURCES = %D%/pane/test_pane.c %D%/lib/idle.h $(tests_tap)
%C%_pane_test_pane_LDADD = src/libpane.a $(tests_record_libs) $(line_libs)

# Unit tests find the modules beside them, as the programs do.
module_links = %D%/pane/modules %D%/cmd/modules %D%/bench/modules %D%/fuzz/modules \
	%D%/session/modules
$(module_links):
	@$(MKDIR_P) $(@D) && rm -f $@ && $(LN_S) ../../modules $@
check_DATA += $(module_links)
CLEANFILES += $(module_links)

# Measures; by hand.
EXTRA_PROGRAMS += %D%/bench/pane
%C%_bench_pane_SOURCES = %D%/bench/pane.c %D%/lib/idle.h
%C%_bench_pane_LDADD = src/libpane.a $(tests_record_libs) $(line_libs)

bench-counts: all %D%/session/test_many
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/%D%/bench/counts.py $(COUNTS)
COUNTS =
# What a step of a macro costs.
bench-play: all
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/%D%/bench/play.py
# What a tap costs, compared with socat.
bench-tap: all
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/%D%/bench/tap.py
# How long a key waits in terminal mode during a flood.
bench-term: all
	@$(AM_TESTS_ENVIRONMENT) $(TESTS_ENVIRONMENT) $(PYTHON) $(top_srcdir)/%D%/bench/term.py
.PHONY: bench-counts bench-play bench-tap bench-term

check_PROGRAMS += %D%/cmd/test_cmd
%C%_cmd_test_cmd_SOURCES = %D%/cmd/test_cmd.c $(tests_tap)
%C%_cmd_test_cmd_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/cmd/test_guess
%C%_cmd_test_guess_SOURCES = %D%/cmd/test_guess.c $(tests_tap)
%C%_cmd_test_guess_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/cmd/test_watch
%C%_cmd_test_watch_SOURCES = %D%/cmd/test_watch.c $(tests_tap)
%C%_cmd_test_watch_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/cmd/test_export
%C%_cmd_test_export_SOURCES = %D%/cmd/test_export.c $(tests_tap)
%C%_cmd_test_export_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/console/test_keys
%C%_console_test_keys_SOURCES = %D%/console/test_keys.c $(tests_tap)
%C%_console_test_keys_LDADD = src/libconsole.a $(wilco_libs)

check_PROGRAMS += %D%/console/test_term
%C%_console_test_term_SOURCES = %D%/console/test_term.c $(tests_tap)
%C%_console_test_term_CPPFLAGS = $(AM_CPPFLAGS) $(EDIT_CFLAGS) $(CURSES_CFLAGS)
%C%_console_test_term_LDADD = src/libconsole.a $(wilco_libs) $(EDIT_LIBS) $(CURSES_LIBS) $(line_libs)

# Fuzz targets: in `make check` over their seeds, in `make fuzz` with libFuzzer.
fuzz_targets = %D%/fuzz/fuzz_notation %D%/fuzz/fuzz_split %D%/fuzz/fuzz_encode %D%/fuzz/fuzz_escape \
	%D%/fuzz/fuzz_guess %D%/fuzz/fuzz_address %D%/fuzz/fuzz_keys %D%/fuzz/fuzz_order %D%/fuzz/fuzz_expected %D%/fuzz/fuzz_macro %D%/fuzz/fuzz_format \
	%D%/fuzz/fuzz_config %D%/fuzz/fuzz_history %D%/fuzz/fuzz_log %D%/fuzz/fuzz_tls \
	%D%/fuzz/fuzz_capture %D%/fuzz/fuzz_told %D%/fuzz/fuzz_pairing %D%/fuzz/fuzz_viewed \
	%D%/fuzz/fuzz_tls_data %D%/fuzz/fuzz_session %D%/fuzz/fuzz_telnet %D%/fuzz/fuzz_pane %D%/fuzz/fuzz_targets \
	%D%/fuzz/fuzz_ansible %D%/fuzz/fuzz_vt
check_PROGRAMS += $(fuzz_targets)
fuzz_common = %D%/fuzz/fuzz.h %D%/fuzz/input.h
if !FUZZING
fuzz_common += %D%/fuzz/main.c $(tests_tap)
endif
fuzz_line = %D%/fuzz/line.c %D%/fuzz/line.h $(fuzz_common)
%C%_fuzz_fuzz_notation_SOURCES = %D%/fuzz/fuzz_notation.c $(fuzz_common)
%C%_fuzz_fuzz_notation_LDADD = $(tests_frame_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_capture_SOURCES = %D%/fuzz/fuzz_capture.c $(fuzz_common)
%C%_fuzz_fuzz_capture_LDADD = src/libcapture.a $(tests_base_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_told_SOURCES = %D%/fuzz/fuzz_told.c $(fuzz_common)
%C%_fuzz_fuzz_told_LDADD = src/libcapture.a $(tests_base_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_pairing_SOURCES = %D%/fuzz/fuzz_pairing.c $(fuzz_common)
%C%_fuzz_fuzz_pairing_LDADD = $(tests_session_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_split_SOURCES = %D%/fuzz/fuzz_split.c $(fuzz_common)
%C%_fuzz_fuzz_split_LDADD = $(tests_frame_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_encode_SOURCES = %D%/fuzz/fuzz_encode.c $(fuzz_common)
%C%_fuzz_fuzz_encode_LDADD = $(tests_frame_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_escape_SOURCES = %D%/fuzz/fuzz_escape.c $(fuzz_common)
%C%_fuzz_fuzz_escape_LDADD = $(tests_base_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_guess_SOURCES = %D%/fuzz/fuzz_guess.c $(fuzz_common)
%C%_fuzz_fuzz_guess_LDADD = $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_address_SOURCES = %D%/fuzz/fuzz_address.c $(fuzz_common)
%C%_fuzz_fuzz_address_LDADD = $(tests_transport_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_keys_SOURCES = %D%/fuzz/fuzz_keys.c $(fuzz_common)
%C%_fuzz_fuzz_keys_LDADD = src/libconsole.a $(wilco_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_order_SOURCES = %D%/fuzz/fuzz_order.c $(fuzz_common)
%C%_fuzz_fuzz_order_LDADD = src/libsim.a src/libmacro.a $(tests_transport_libs) $(tests_frame_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_expected_SOURCES = %D%/fuzz/fuzz_expected.c $(tests_regex) $(fuzz_common)
%C%_fuzz_fuzz_expected_CFLAGS = $(AM_CFLAGS) $(PCRE2_CFLAGS)
%C%_fuzz_fuzz_expected_LDADD = src/libmacro.a src/libadapter.a $(tests_frame_libs) $(PCRE2_LIBS) $(FUZZ_LIBS)
%C%_fuzz_fuzz_macro_SOURCES = %D%/fuzz/fuzz_macro.c $(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_macro_LDADD = $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_format_SOURCES = %D%/fuzz/fuzz_format.c $(tests_meaning) $(fuzz_common)
%C%_fuzz_fuzz_format_LDADD = $(tests_macro_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_targets_SOURCES = %D%/fuzz/fuzz_targets.c $(fuzz_common)
%C%_fuzz_fuzz_targets_LDADD = src/libfleet.a $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_ansible_SOURCES = %D%/fuzz/fuzz_ansible.c $(fuzz_common)
%C%_fuzz_fuzz_ansible_LDADD = $(cli_libs) $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
fuzz_home = %D%/fuzz/home.c %D%/fuzz/home.h
%C%_fuzz_fuzz_viewed_SOURCES = %D%/fuzz/fuzz_viewed.c $(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_viewed_LDADD = src/libviewed.a $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_config_SOURCES = %D%/fuzz/fuzz_config.c $(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_config_LDADD = $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_history_SOURCES = %D%/fuzz/fuzz_history.c $(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_history_LDADD = $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_log_SOURCES = %D%/fuzz/fuzz_log.c $(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_log_LDADD = $(tests_session_libs) $(line_libs) $(FUZZ_LIBS)
# The adapter itself: a module is not instrumented.
%C%_fuzz_fuzz_tls_SOURCES = %D%/fuzz/fuzz_tls.c src/adapter/tls.c $(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_tls_CFLAGS = $(AM_CFLAGS) $(SSL_CFLAGS)
%C%_fuzz_fuzz_tls_LDADD = $(tests_base_libs) $(SSL_LIBS) $(FUZZ_LIBS)
%C%_fuzz_fuzz_tls_data_SOURCES = %D%/fuzz/fuzz_tls_data.c src/adapter/tls.c %D%/fuzz/server.c %D%/fuzz/server.h \
	$(fuzz_home) $(fuzz_common)
%C%_fuzz_fuzz_tls_data_CFLAGS = $(AM_CFLAGS) $(SSL_CFLAGS)
%C%_fuzz_fuzz_tls_data_LDADD = $(tests_base_libs) $(SSL_LIBS) $(FUZZ_LIBS)
%C%_fuzz_fuzz_vt_SOURCES = %D%/fuzz/fuzz_vt.c src/adapter/vt.c $(fuzz_common)
%C%_fuzz_fuzz_vt_CFLAGS = $(AM_CFLAGS) $(TSM_CFLAGS)
%C%_fuzz_fuzz_vt_LDADD = $(tests_base_libs) $(TSM_LIBS) $(FUZZ_LIBS)
%C%_fuzz_fuzz_session_SOURCES = %D%/fuzz/fuzz_session.c $(fuzz_line) \
	%D%/fuzz/account.c %D%/fuzz/account.h %D%/fuzz/honest.c %D%/fuzz/honest.h
%C%_fuzz_fuzz_session_LDADD = $(tests_session_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_telnet_SOURCES = %D%/fuzz/fuzz_telnet.c $(fuzz_line)
%C%_fuzz_fuzz_telnet_LDADD = $(tests_transport_libs) $(line_libs) $(FUZZ_LIBS)
%C%_fuzz_fuzz_pane_SOURCES = %D%/fuzz/fuzz_pane.c $(fuzz_line) $(fuzz_home) %D%/fuzz/saved.c %D%/fuzz/saved.h
%C%_fuzz_fuzz_pane_LDADD = $(wilco_libs) $(line_libs) $(FUZZ_LIBS)
fuzz_seeds = $(fuzz_targets:=.seeds)
EXTRA_DIST += %D%/fuzz/run.sh $(fuzz_seeds)

# Each target, or those that FUZZ names, for so many seconds; needs clang and its runtime.
SECONDS = 60
FUZZ = $(fuzz_targets)
fuzz:
	@CLANG='$(CLANG)' PYTHON='$(PYTHON)' $(srcdir)/%D%/fuzz/run.sh $(SECONDS) $(FUZZ)
.PHONY: fuzz

check_PROGRAMS += %D%/frame/test_notation
%C%_frame_test_notation_SOURCES = %D%/frame/test_notation.c $(tests_tap)
%C%_frame_test_notation_LDADD = $(tests_frame_libs)
