// Which instruction sets this processor and its operating system can run, by the names of the modules.
#pragma once

#include <string>
#include <vector>

namespace chainrule {

// From the least to the best. Asked of the baseline module, which runs everywhere.
inline std::vector<std::string> supported_instruction_sets() {
    std::vector<std::string> names{"baseline"};
#if defined(CHAINRULE_SEVERAL_INSTRUCTION_SETS)
    // These answer for the operating system too: it has to save the wide registers.
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        names.push_back("avx2");
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
            names.push_back("avx512");
    }
#endif
    return names;
}

}  // namespace chainrule
