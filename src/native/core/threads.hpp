// Threads: one pool for the process, and a barrier. A region runs one function on n threads, the caller being thread 0.
//
// The pool is never destroyed: its threads sleep until the process ends. After a fork the child has none of its
// parent's threads: it makes a pool of its own, and what another thread of its parent's had locked is open.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

namespace chainrule {

// More can't be meant, and each takes memory.
constexpr int most_threads = 1024;

// How many threads training may use: CHAINRULE_NUM_THREADS, set from Python, else the cores of this process.
int max_threads();
// A thread is worth waking for so many multiply-adds, about 100 µs of them: where other programs keep a core busy, every
// barrier may have to wait for them. Tests ask for less, so that small networks use threads.
constexpr double usual_work = 1e7;
double work_of_a_thread();
void set_max_threads(int n, double work = usual_work);

// Which process this is in the line of forks, from 1 on.
int generation();

// A mutex that only its own process can have locked: in a child nobody is there who could open its parent's.
class ForkLock {
public:
    void lock() {
        for (int holder = holder_.load(std::memory_order_relaxed), mine = generation();;) {
            if (holder == mine) {
                holder_.wait(holder, std::memory_order_relaxed);
                holder = holder_.load(std::memory_order_relaxed);
            } else if (holder_.compare_exchange_weak(holder, mine, std::memory_order_acquire)) return;
        }
    }
    bool try_lock() {
        int holder = holder_.load(std::memory_order_relaxed);
        const int mine = generation();
        return holder != mine && holder_.compare_exchange_strong(holder, mine, std::memory_order_acquire);
    }
    void unlock() {
        holder_.store(0, std::memory_order_release);
        holder_.notify_one();
    }

private:
    std::atomic<int> holder_{0};  // the generation of who has it; 0: nobody
};

// Waits until all n threads are here. It spins for a while, since phases are short, and sleeps then.
class Barrier {
public:
    explicit Barrier(int n) : n_(n) {}

    void wait() {
        wait([] {});
    }

    // What the last to arrive does before any goes on; it must not throw.
    template <class F>
    void wait(F last) {
        if (n_ == 1) return last();
        const int round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) == n_ - 1) {
            last();
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1, std::memory_order_release);
            round_.notify_all();
            return;
        }
        sleep_until_changed(round);
    }

private:
    void sleep_until_changed(int round);

    const int n_;
    std::atomic<int> arrived_{0}, round_{0};
};

// Runs task(thread) on threads 0 … n − 1 and returns when all are done. The task must not throw. Where another region
// is running already (a second Python thread trains as well), `alone` is called instead.
void run_region(int n, const std::function<void(int)>& task, const std::function<void()>& alone);

}  // namespace chainrule
