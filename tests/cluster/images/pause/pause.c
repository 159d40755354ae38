/* The first process of every pod: it holds the pod's namespaces open, reaps
 * what it inherits when they are shared, and ends when told to. */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

int main(void) {
    sigset_t signals;
    int signal = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    while (signal != SIGINT && signal != SIGTERM) {
        sigwait(&signals, &signal);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
    }
    return 0;
}
