// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// For the one unit of a WebAssembly module that imports nothing, before all else: what the standard library
// would print goes nowhere, and what cannot go on is a trap, which JavaScript sees as a RuntimeError.

#if defined(__wasm__)

#include <cstdio>
#include <cstdlib>
#include <new>

#undef stderr
#define stderr (static_cast<std::FILE*>(nullptr))

extern "C" {
int fprintf(std::FILE*, const char*, ...) { return 0; }

void __wasm_call_ctors();
/// Before any other call, once.
[[clang::export_name("initialise")]] void plait_initialise() { __wasm_call_ctors(); }
}

[[noreturn]] void std::__libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }

void* operator new(std::size_t bytes) {
    if (void* const memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
    __builtin_trap();
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto line = static_cast<std::size_t>(alignment);
    if (void* const memory = std::aligned_alloc(line, (bytes + line) / line * line)) return memory;
    __builtin_trap();
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

#endif
