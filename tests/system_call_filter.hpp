// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <csignal>
#include <cstddef>
#include <functional>
#include <unistd.h>

#include <sys/wait.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#define PLAIT_TEST_FILTERS_SYSTEM_CALLS
#endif

// A process that the kernel ends at its first system call.

namespace system_calls {

#if defined(PLAIT_TEST_FILTERS_SYSTEM_CALLS)

/// From here on any system call but exit_group ends the process. False where that cannot be had.
inline bool forbid() {
#if defined(__x86_64__)
    constexpr unsigned architecture = AUDIT_ARCH_X86_64;
#else
    constexpr unsigned architecture = AUDIT_ARCH_AARCH64;
#endif
    sock_filter rules[]{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const sock_fprog program{.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else

inline bool forbid() { return false; }

#endif

enum class ending { as_it_should, at_a_system_call, after_a_failed_check, not_forbidden, otherwise };

/// Runs `work` in a process of its own that may make no system call, after `prepare`, which may.
inline ending run_without(const std::function<void()>& prepare, const std::function<bool()>& work) {
    constexpr int failed = 1;
    constexpr int not_forbidden = 2;
    const pid_t child = fork();
    if (child == 0) {
        prepare();
        if (!forbid()) _exit(not_forbidden);
        _exit(work() ? 0 : failed);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return ending::otherwise;
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? ending::at_a_system_call : ending::otherwise;
    switch (WEXITSTATUS(status)) {
        case 0: return ending::as_it_should;
        case failed: return ending::after_a_failed_check;
        case not_forbidden: return ending::not_forbidden;
        default: return ending::otherwise;
    }
}

}  // namespace system_calls
