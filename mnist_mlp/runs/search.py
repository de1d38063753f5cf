"""Search for settings: Optuna draws trials from ranges, in a study in the directory of the sweep (extra ``search``).

The tree-structured Parzen estimator (Bergstra et al. 2011) draws the settings of a trial, and the median rule stops it
early: if an epoch's validation accuracy is below the median of the earlier trials. The study is Optuna's journal, a
file, so that several processes and machines share it: each resumes the sweep, and trains trials until there are enough.
A trial that was interrupted is continued by the next process that resumes the sweep.
"""

import contextlib
import os
import statistics
import warnings
from collections.abc import Callable, Generator, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import filelock
import msgspec

from mnist_mlp.config.describe import describe
from mnist_mlp.errors import ConfigError, DivergenceError
from mnist_mlp.runs.sweep_directory import Range, Sweep, Task
from mnist_mlp.runs.sweep_results import RunResult, result_of
from mnist_mlp.runs.sweep_training import check_sweep
from mnist_mlp.runs.training_processes import End, Job, Workers, train_jobs
from mnist_mlp.storage import durable
from mnist_mlp.training.distributed import SignalSource

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

NAME = "sweep"


def parse_range(text: str) -> Range:
    """Return the range of ``KEY=LOW:HIGH``, ``KEY=LOW:HIGH:log``; raise ``ConfigError`` if it is none.

    >>> parse_range("optimizer.learning_rate=1e-4:1e-1:log")
    Range(key='optimizer.learning_rate', low=0.0001, high=0.1, log=True, integer=False, choices=())
    """
    key, _, rest = text.partition("=")
    low, *more = rest.split(":")
    fix = "for example optimizer.learning_rate=1e-4:1e-1:log or training.dropout=0:0.5"
    try:
        found = Range(key.strip(), float(low), float(more[0]), more[1:] == ["log"])
    except (ValueError, IndexError):
        raise ConfigError("not KEY=LOW:HIGH or KEY=LOW:HIGH:log", where=text, fix=fix) from None
    if len(more) > 1 + found.log or not found.log * 1e-300 <= found.low < found.high < float("inf"):
        why = "LOW must be smaller than HIGH, and positive for log"
        raise ConfigError("not KEY=LOW:HIGH or KEY=LOW:HIGH:log", where=text, why=why, fix=fix)
    allowed = {field.key: field.allowed for field in describe().values()}
    return (
        msgspec.structs.replace(found, integer=True) if allowed.get(found.key, "").startswith("an integer") else found
    )


def check_requirements() -> None:
    """Raise ``ConfigError`` unless Optuna is installed."""
    if find_spec("optuna") is None:
        raise ConfigError("search needs Optuna", why="it is not installed", fix="pip install 'mnist-mlp[search]'")


class Search:
    """The study of a sweep, and the trials that this process trains."""

    def __init__(self, sweep: Sweep) -> None:
        check_requirements()
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.sweep, self.plan, self.optuna = sweep, sweep.plan(), optuna
        (self.seed,) = sweep.seeds()
        journal = sweep.directory / "study.journal"
        # A lock of the operating system, which ends with the process; Optuna's own would remain for half a minute.
        self.lock: Any = filelock.FileLock(sweep.directory / ".study.lock", fallback_to_soft=False)
        with self.lock:
            _cut_incomplete_line(journal)
            storage = JournalStorage(JournalFileBackend(str(journal), self.lock))
            pruner = optuna.pruners.MedianPruner()
            self.study: Study = optuna.create_study(
                storage=storage, study_name=NAME, direction="maximize", pruner=pruner, load_if_exists=True
            )
        self.trials: dict[int, Trial] = {}  # that this process trains
        self.claims: dict[int, Any] = {}
        self.reported: dict[int, int] = {}  # number of epochs
        self.pruned: dict[int, int] = {}  # the epoch after which it was stopped

    def tasks(self) -> Iterator[Task]:
        """Yield the interrupted trials that no other process continues, and then new ones, until there are enough."""
        running = self.optuna.trial.TrialState.RUNNING
        for frozen in self.study.get_trials(states=(running,)):
            task = self.task(frozen)
            if self._claim(task):
                self._begin(self.optuna.Trial(self.study, frozen._trial_id), len(frozen.intermediate_values))
                yield task
        while True:
            with self.lock:  # otherwise two processes would both add the last trial
                if len(self.study.get_trials(deepcopy=False)) >= self.plan.n_trials:
                    return
                trial = self.study.ask()
                # A function of the trial's number, so that a resumed search draws as one without interruption.
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # that constant_liar is experimental
                    seed = (self.seed * 1_000_003 + trial.number) % 2**32
                    self.study.sampler = self.optuna.samplers.TPESampler(seed=seed, constant_liar=True)
                _draw(trial, self.plan.ranges)
                task = self.task(self.study.trials[trial.number])
                self._claim(task)
            self._begin(trial, 0)
            yield task

    def task(self, trial: "FrozenTrial") -> Task:
        """Return the run of a trial."""
        settings = tuple(
            f"{one.key}={one.text(trial.params[one.key])}" for one in self.plan.ranges if one.key in trial.params
        )
        return self.sweep.task(trial.number + 1, settings, self.seed)

    def _begin(self, trial: "Trial", reported: int) -> None:
        self.trials[trial.number], self.reported[trial.number] = trial, reported

    def _claim(self, task: Task) -> bool:
        """Lock a trial for this process; return False if another process has it."""
        durable.make_directory(task.run.directory)
        claim = filelock.FileLock(task.run.directory / ".trial.lock", timeout=0, fallback_to_soft=False)
        try:
            claim.acquire()
        except filelock.Timeout:
            return False
        self.claims[task.trial - 1] = claim
        return True

    def is_pruned(self, task: Task) -> bool:
        """Report the epochs of a running trial that are new; return whether it is to be stopped."""
        number = task.trial - 1
        trial = self.trials[number]
        for record in task.run.records()[self.reported[number] :]:
            if record.validation_accuracy is not None:
                trial.report(record.validation_accuracy, record.epoch)
            self.reported[number] = record.epoch
            if trial.should_prune() and number not in self.pruned:
                self.pruned[number] = record.epoch
        return number in self.pruned

    def end(self, task: Task, end: End) -> RunResult | None:
        """Tell the study how a trial ended, and return its result; a trial that was killed remains to be continued."""
        number, states = task.trial - 1, self.optuna.trial.TrialState
        if end.exit_code == 0 or task.run.diverged_file.exists():
            self.is_pruned(task)
            result = result_of(self.sweep, task, End(), test=self.plan.test)
            self.study.tell(number, _value(result))
        elif number in self.pruned:
            self.study.tell(number, state=states.PRUNED)
        else:
            self.claims.pop(number).release()
            end = end._replace(message=end.message or f"exit code {end.exit_code}; resume the run to see why")
            return result_of(self.sweep, task, end, test=False)
        self.claims.pop(number).release()
        return self.result(self.study.trials[number])

    def result(self, trial: "FrozenTrial") -> RunResult | None:
        """Return the result of a trial that has ended; None: it has not."""
        states, task = self.optuna.trial.TrialState, self.task(trial)
        if trial.state == states.PRUNED:
            failure = f"pruned after epoch {max(trial.intermediate_values, default=0)}"
            return RunResult(task.run.directory.name, task.trial, task.seed, failure=failure)
        if trial.state != states.COMPLETE:
            return None
        result = result_of(self.sweep, task, End(), test=self.plan.test)
        # A divergence is a part of a search, not a fault.
        return result._replace(exit_code=0) if result.exit_code == DivergenceError.exit_code else result


def _value(result: RunResult) -> float:
    """Return the value of a trial: its validation accuracy, 0 if it has diverged, so that its region is avoided."""
    return result.validation or 0.0


def _draw(trial: "Trial", ranges: tuple[Range, ...]) -> None:
    """Draw a value from each range."""
    for one in ranges:
        if one.choices:
            trial.suggest_categorical(one.key, one.choices)
        elif one.integer:
            trial.suggest_int(one.key, int(one.low), int(one.high), log=one.log)
        else:
            trial.suggest_float(one.key, one.low, one.high, log=one.log)


def _cut_incomplete_line(journal: os.PathLike[str]) -> None:
    """Remove a line that a crash left incomplete, to which Optuna would append the next one."""
    with contextlib.suppress(FileNotFoundError), open(journal, "rb+") as file:  # noqa: PTH123
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def search_runs(
    sweep: Sweep,
    workers: Workers,
    threads: int | None = None,
    source: SignalSource | None = None,
    poll: Callable[[int], object] | None = None,
) -> Generator[RunResult, None, None]:
    """Train trials until the study has enough; yield the result of every trial, first of those that have ended.

    The arguments are those of ``train_runs``.
    """
    check_sweep([sweep.config()], workers.size, sweep.plan())
    search, shown = Search(sweep), set[int]()
    for trial in search.study.trials:
        if (result := search.result(trial)) is not None:
            shown.add(trial.number)
            yield result

    def jobs() -> Iterator[Job]:
        for task in search.tasks():
            sweep.prepare(task)
            yield Job(task, sweep.config_file, threads, is_quiet=True)

    def report() -> None:
        if poll is not None:
            poll(
                sum(
                    search.sweep.task(n + 1, (), search.seed).run.epochs_logged()
                    for n in range(len(search.study.trials))
                )
            )

    ends = train_jobs(jobs(), workers, sweep.directory, source, report, search.is_pruned)
    with contextlib.closing(ends):
        for task, end in ends:
            shown.add(task.trial - 1)
            if (result := search.end(task, end)) is not None:
                yield result
    for trial in search.study.trials:  # that another process has trained meanwhile
        if trial.number not in shown and (result := search.result(trial)) is not None:
            yield result


class History(NamedTuple):
    """What the picture of a search shows."""

    accuracies: dict[int, float]  # validation accuracy by trial, from 1, of those that were trained to the end
    pruned: dict[int, float]  # of the last epoch of those that were stopped
    importances: dict[str, float]  # by setting, of sum 1; {}: too few trials


def history(sweep: Sweep) -> History:
    """Return the accuracies of all trials of a search, and the importances of its settings (PED-ANOVA)."""
    search = Search(sweep)
    states, trials = search.optuna.trial.TrialState, search.study.trials
    complete = {t.number + 1: t.value for t in trials if t.state == states.COMPLETE and t.value is not None}
    pruned = {
        t.number + 1: t.intermediate_values[max(t.intermediate_values)]
        for t in trials
        if t.state == states.PRUNED and t.intermediate_values
    }
    importances: dict[str, float] = {}
    if len(complete) > 1 and statistics.pstdev(complete.values()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that PED-ANOVA is experimental, in Optuna 4
            evaluator = search.optuna.importance.PedAnovaImportanceEvaluator()
            importances = search.optuna.importance.get_param_importances(search.study, evaluator=evaluator)
    return History(complete, pruned, importances)


def trial_tasks(sweep: Sweep) -> list[Task]:
    """Return the runs of all trials that the study has."""
    search = Search(sweep)
    return [search.task(trial) for trial in search.study.trials]
