// Work without the GIL, so that other Python threads go on meanwhile.
//
// When the interpreter ends, a daemon thread that asks for the GIL again is ended by unwinding its stack. What lies on
// this one are Python's buffers, which must not be touched without the GIL: the thread sleeps until the process is gone.
#pragma once

#include <Python.h>

#include <chrono>
#include <exception>
#include <thread>

namespace chainrule {

inline void take_gil(PyThreadState* state) {
    try {
        PyEval_RestoreThread(state);
    } catch (...) {
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

template <class F>
void without_gil(F work) {
    std::exception_ptr error;
    PyThreadState* state = PyEval_SaveThread();
    try {
        work();
    } catch (...) {
        error = std::current_exception();
    }
    take_gil(state);
    if (error) std::rethrow_exception(error);
}

}  // namespace chainrule
