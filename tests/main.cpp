// SPDX-License-Identifier: BSD-3-Clause
#if defined(__wasi__)
// Debian's library leaves out std::fstream, which doctest can write a report to.
#include <version>
#undef _LIBCPP_HAS_NO_FILESYSTEM
#include <fstream>
template class std::basic_filebuf<char>;
#endif

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
