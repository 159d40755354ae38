;; WASI preview 1 for a program of the stock Go compiler, which calls it whether the program does or not. A plugin has no WASI, so everything
;; is answered here:
;;   - what is written to standard output and standard error becomes lines of the step's log, and the first line of a panic becomes an error,
;;     which is what windlass shows as the reason;
;;   - the clock moves by itself with each look at it, and by the whole time when the program sleeps: it measures nothing;
;;   - random numbers are the same in each run: they are for hash tables, not for keys;
;;   - there are no arguments, no variables, no files and no sockets.
(module
  (import "env" "memory" (memory 0))
  (import "{{host}}" "log" (func $log (param i32 i32 i32)))

  (global $now (mut i64) (i64.const 1000000000))
  (global $random (mut i64) (i64.const 0))
  ;; The line that is being written, in a page of its own; its length; and where it is written to.
  (global $line (mut i32) (i32.const 0))
  (global $length (mut i32) (i32.const 0))
  (global $file (mut i32) (i32.const 0))
  (global $paused (mut i32) (i32.const 0))

  (func $put (param $byte i32)
    ;; A line is cut where windlass would cut it.
    (if (i32.ge_u (global.get $length) (i32.const 16384)) (then (return)))
    (i32.store8 (i32.add (global.get $line) (global.get $length)) (local.get $byte))
    (global.set $length (i32.add (global.get $length) (i32.const 1))))

  (func $at (param $i i32) (result i32)
    ;; A byte of the line; 0 behind its end.
    (if (result i32) (i32.lt_u (local.get $i) (global.get $length))
      (then (i32.load8_u (i32.add (global.get $line) (local.get $i))))
      (else (i32.const 0))))

  (func $between (param $byte i32) (param $low i32) (param $high i32) (result i32)
    (i32.and (i32.ge_u (local.get $byte) (local.get $low)) (i32.le_u (local.get $byte) (local.get $high))))

  ;; How many bytes the character at $i has; 0 where there is none, in UTF-8.
  (func $character (param $i i32) (result i32)
    (local $first i32) (local $second i32)
    (local.set $first (call $at (local.get $i)))
    (local.set $second (call $at (i32.add (local.get $i) (i32.const 1))))
    (if (i32.lt_u (local.get $first) (i32.const 0x80)) (then (return (i32.const 1))))
    (if (call $between (local.get $first) (i32.const 0xc2) (i32.const 0xdf))
      (then (return (i32.mul (i32.const 2) (call $between (local.get $second) (i32.const 0x80) (i32.const 0xbf))))))
    (if (i32.eqz (call $between (call $at (i32.add (local.get $i) (i32.const 2))) (i32.const 0x80) (i32.const 0xbf)))
      (then (return (i32.const 0))))
    (if (call $between (local.get $first) (i32.const 0xe0) (i32.const 0xef))
      (then (return (i32.mul (i32.const 3) (call $between (local.get $second)
        (select (i32.const 0xa0) (i32.const 0x80) (i32.eq (local.get $first) (i32.const 0xe0)))
        (select (i32.const 0x9f) (i32.const 0xbf) (i32.eq (local.get $first) (i32.const 0xed))))))))
    (if (i32.eqz (call $between (call $at (i32.add (local.get $i) (i32.const 3))) (i32.const 0x80) (i32.const 0xbf)))
      (then (return (i32.const 0))))
    (i32.mul
      (i32.mul (i32.const 4) (call $between (local.get $first) (i32.const 0xf0) (i32.const 0xf4)))
      (call $between (local.get $second)
        (select (i32.const 0x90) (i32.const 0x80) (i32.eq (local.get $first) (i32.const 0xf0)))
        (select (i32.const 0x8f) (i32.const 0xbf) (i32.eq (local.get $first) (i32.const 0xf4))))))

  ;; Puts `?` where the line is not UTF-8: a text that is not would be a trap.
  (func $clean
    (local $i i32) (local $bytes i32)
    (block $end (loop $next
      (br_if $end (i32.ge_u (local.get $i) (global.get $length)))
      (local.set $bytes (call $character (local.get $i)))
      (if (i32.eqz (local.get $bytes)) (then
        (i32.store8 (i32.add (global.get $line) (local.get $i)) (i32.const 63))
        (local.set $bytes (i32.const 1))))
      (local.set $i (i32.add (local.get $i) (local.get $bytes)))
      (br $next))))

  ;; Logs the line, if there is one, and begins another. Standard output is `info`, standard error `warning`, and there `panic: …` and
  ;; `fatal error: …` are `error`.
  (func $flush
    (local $level i32) (local $head i32)
    (if (i32.eqz (global.get $length)) (then (return)))
    (call $clean)
    (local.set $level (global.get $file))
    (local.set $head (i32.load (global.get $line)))
    (if (i32.and (i32.eq (local.get $level) (i32.const 2)) (i32.or
          (i32.eq (local.get $head) (i32.const 0x696e6170)) (i32.eq (local.get $head) (i32.const 0x61746166))))
      (then (local.set $level (i32.const 3))))
    (if (i32.eqz (global.get $paused)) (then
      (call $log (local.get $level) (global.get $line) (global.get $length))))
    (global.set $length (i32.const 0)))

  (func (export "fd_write") (param $fd i32) (param $vectors i32) (param $count i32) (param $written i32) (result i32)
    (local $sum i32) (local $at i32) (local $end i32) (local $byte i32)
    ;; 8 is EBADF.
    (if (i32.eqz (call $between (local.get $fd) (i32.const 1) (i32.const 2))) (then (return (i32.const 8))))
    (if (i32.eqz (global.get $line)) (then
      (local.set $at (memory.grow (i32.const 1)))
      (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const 8))))
      (global.set $line (i32.mul (local.get $at) (i32.const 65536)))))
    (if (i32.ne (local.get $fd) (global.get $file)) (then
      (call $flush)
      (global.set $file (local.get $fd))))
    (block $done (loop $vector
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $at (i32.load (local.get $vectors)))
      (local.set $end (i32.add (local.get $at) (i32.load offset=4 (local.get $vectors))))
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $vectors))))
      (block $last (loop $next
        (br_if $last (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.eq (local.get $byte) (i32.const 10))
          (then (call $flush))
          (else (call $put (local.get $byte))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
      (local.set $vectors (i32.add (local.get $vectors) (i32.const 8)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $vector)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))

  (func (export "proc_exit") (param $code i32)
    (call $flush)
    unreachable)

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (global.set $now (i64.add (global.get $now) (i64.const 1000)))
    (i64.store (local.get $time) (global.get $now))
    (i32.const 0))
  (func (export "clock_res_get") (param $clock i32) (param $resolution i32) (result i32)
    (i64.store (local.get $resolution) (i64.const 1000))
    (i32.const 0))

  ;; The Go runtime asks for one thing at a time: to sleep.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (local $time i64)
    (i32.store (local.get $events) (i32.const 0))
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    ;; Tag 0 is a clock, flag 1 an absolute time.
    (if (i32.eqz (i32.load8_u offset=8 (local.get $in))) (then
      (local.set $time (i64.load offset=24 (local.get $in)))
      (if (i32.eqz (i32.and (i32.load16_u offset=40 (local.get $in)) (i32.const 1))) (then
        (local.set $time (i64.add (local.get $time) (global.get $now)))))
      (if (i64.gt_u (local.get $time) (global.get $now)) (then (global.set $now (local.get $time))))))
    (i64.store (local.get $out) (i64.load (local.get $in)))
    (i64.store offset=8 (local.get $out) (i64.const 0))
    (i32.store (local.get $events) (i32.const 1))
    (i32.const 0))

  ;; SplitMix64.
  (func $number (result i64)
    (local $z i64)
    (global.set $random (i64.add (global.get $random) (i64.const 0x9e3779b97f4a7c15)))
    (local.set $z (global.get $random))
    (local.set $z (i64.mul (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 30))) (i64.const 0xbf58476d1ce4e5b9)))
    (local.set $z (i64.mul (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 27))) (i64.const 0x94d049bb133111eb)))
    (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 31))))
  (func (export "random_get") (param $at i32) (param $count i32) (result i32)
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $count)))
      (i64.store8 (local.get $at) (call $number))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))
    (i32.const 0))

  (func $none (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (i32.const 0))
  (export "args_sizes_get" (func $none))
  (export "environ_sizes_get" (func $none))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "sched_yield") (result i32) (i32.const 0))
  ;; The program says so while it allocates for a caller: then it must not call out, so no line is logged.
  (func (export "adapter_monotonic_clock_set_paused") (param $now i32) (global.set $paused (local.get $now)))

  ;; EBADF: no such file is open.
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_close") (param i32) (result i32) (i32.const 8))
  (func (export "fd_datasync") (param i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_renumber") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_sync") (param i32) (result i32) (i32.const 8))
  (func (export "fd_tell") (param i32 i32) (result i32) (i32.const 8))

  ;; ENOSYS: there is nothing of the kind.
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 52))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 52))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "proc_raise") (param i32) (result i32) (i32.const 52))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 52))
)
