#include "threads.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <pthread.h>
#include <sched.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace chainrule {
namespace {

// About 20 µs on a core of today: longer than threads differ in a phase of a small network, shorter than a sleep hurts.
constexpr int spins_before_sleep = 4000;

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

std::atomic<int> generations{1};

// Lets a child know that it is one; where there is no fork there is none.
bool count_forks() {
#if !defined(_WIN32)
    return pthread_atfork(nullptr, nullptr, [] { generations.fetch_add(1, std::memory_order_relaxed); }) == 0;
#else
    return true;
#endif
}
[[maybe_unused]] const bool forks_are_counted = count_forks();

int cores_of_this_process() {
#if defined(__linux__)
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Waits until `value` is no longer `old`.
void wait_for_change(std::atomic<int>& value, int old) {
    for (int spin = 0; spin < spins_before_sleep; ++spin) {
        if (value.load(std::memory_order_acquire) != old) return;
        pause();
    }
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

class Pool {
public:
    // False where the system gives no more threads.
    bool grow(int n) {
        try {
            while (n_workers_ < n - 1) {
                const int number = n_workers_ + 1, round = round_.load(std::memory_order_relaxed);
                std::thread([this, number, round] { work(number, round); }).detach();
                n_workers_ = number;
            }
        } catch (const std::system_error&) {
            return false;
        }
        return true;
    }

    void run(int n, const std::function<void(int)>& task) {
        task_ = &task;
        n_ = n;
        pending_.store(n_workers_, std::memory_order_relaxed);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
        task(0);
        for (int left; (left = pending_.load(std::memory_order_acquire)) != 0;) wait_for_change(pending_, left);
    }

    ForkLock busy;

private:
    void work(int number, int round) {
        for (;;) {
            wait_for_change(round_, round);
            round = round_.load(std::memory_order_acquire);
            if (number < n_) (*task_)(number);
            if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_all();
        }
    }

    int n_workers_ = 0, n_ = 0;
    const std::function<void(int)>* task_ = nullptr;
    std::atomic<int> round_{0}, pending_{0};
};

// The pool of this process; the memory of a parent's pool is left alone.
Pool& pool() {
    static std::atomic<Pool*> current{nullptr};
    static std::atomic<int> owner{0};
    static ForkLock making;
    const int self = generation();
    if (owner.load(std::memory_order_acquire) != self) {
        std::lock_guard<ForkLock> lock(making);
        if (owner.load(std::memory_order_relaxed) != self) {
            current.store(new Pool, std::memory_order_relaxed);
            owner.store(self, std::memory_order_release);
        }
    }
    return *current.load(std::memory_order_relaxed);
}

std::atomic<int> chosen_threads{0};
std::atomic<double> chosen_work{usual_work};

}  // namespace

int max_threads() {
    const int chosen = chosen_threads.load(std::memory_order_relaxed);
    return chosen > 0 ? chosen : cores_of_this_process();
}

double work_of_a_thread() { return chosen_work.load(std::memory_order_relaxed); }

void set_max_threads(int n, double work) {
    chosen_threads.store(std::clamp(n, 0, most_threads), std::memory_order_relaxed);
    chosen_work.store(std::max(1.0, work), std::memory_order_relaxed);
}

int generation() { return generations.load(std::memory_order_relaxed); }

void Barrier::sleep_until_changed(int round) { wait_for_change(round_, round); }

void run_region(int n, const std::function<void(int)>& task, const std::function<void()>& alone) {
    if (n > 1) {
        Pool& mine = pool();
        std::unique_lock<ForkLock> lock(mine.busy, std::try_to_lock);
        if (lock.owns_lock() && mine.grow(n)) {
            mine.run(n, task);
            return;
        }
    }
    alone();
}

}  // namespace chainrule
