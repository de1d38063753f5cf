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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import filelock

from mnist_mlp.errors import ConfigError, DivergenceError, StorageError
from mnist_mlp.runs.new_sweep import check_sweep
from mnist_mlp.runs.sweep_directory import Sweep, Task
from mnist_mlp.runs.sweep_results import RunResult, result_of
from mnist_mlp.runs.training_processes import End, Job, RunExecutor, train_jobs
from mnist_mlp.storage import durable
from mnist_mlp.training.distributed import SignalSource

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

NAME = "sweep"


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
        self.seed = sweep.seeds()[0]
        journal = sweep.directory / "study.journal"
        # A lock of the operating system, which ends with the process; Optuna's own would remain for half a minute.
        self.lock: Any = filelock.FileLock(sweep.directory / ".study.lock", fallback_to_soft=False)
        with self.lock, _readable(journal):
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
        """Yield the interrupted trials that no other process continues, and new ones, until there are enough."""
        while (task := self._next()) is not None:
            yield task

    def _next(self) -> Task | None:
        with self.lock:  # so that no two processes take the same trial, or both add the last one
            for frozen in self.study.get_trials(states=(self.optuna.trial.TrialState.RUNNING,)):
                if frozen.number not in self.trials and self._claim(frozen.number):
                    trial = self.optuna.Trial(self.study, frozen._trial_id)
                    return self._begin(trial, len(frozen.intermediate_values))
            if len(self.study.get_trials(deepcopy=False)) >= self.plan.n_trials:
                return None
            trial = self.study.ask()
            self._claim(trial.number)
            return self._begin(trial, 0)

    def _begin(self, trial: "Trial", reported: int) -> Task:
        """Draw what is not drawn yet, and return the run of a trial."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that constant_liar is experimental
            # A function of the trial's number, so that a resumed search draws as one without interruption.
            seed = (self.seed * 1_000_003 + trial.number) % 2**32
            self.study.sampler = self.optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        for one in self.plan.ranges:
            one.draw(trial)
        self.trials[trial.number], self.reported[trial.number] = trial, reported
        return self.task(self.study.get_trials(deepcopy=False)[trial.number])

    def task(self, trial: "FrozenTrial") -> Task:
        """Return the run of a trial."""
        drawn = [one for one in self.plan.ranges if one.key in trial.params]
        settings = tuple(f"{one.key}={one.text(trial.params[one.key])}" for one in drawn)
        return self.sweep.task(trial.number + 1, settings, self.seed)

    def _claim(self, number: int) -> bool:
        """Lock a trial for this process; return False if another process has it."""
        directory = self.sweep.task(number + 1, (), self.seed).run.directory
        durable.make_directory(directory)
        claim = filelock.FileLock(directory / ".trial.lock", timeout=0, fallback_to_soft=False)
        try:
            claim.acquire()
        except filelock.Timeout:
            return False
        self.claims[number] = claim
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

    def end(self, task: Task, end: End) -> RunResult:
        """Tell the study how a trial ended, and return its result; a trial that failed remains to be continued."""
        number, states = task.trial - 1, self.optuna.trial.TrialState
        self.is_pruned(task)
        if number in self.pruned and end.exit_code and not task.run.diverged_file.exists():
            self.study.tell(number, state=states.PRUNED)
            result = _pruned(task, self.pruned[number])
        else:
            end = end._replace(message=end.message or _message(task, end))
            result = _result_of(task, end, test=self.plan.test)
            if not result.exit_code:
                self.study.tell(number, result.validation or 0.0)  # 0 after a divergence, whose region is then avoided
        self.claims.pop(number).release()
        return result

    def result(self, trial: "FrozenTrial") -> RunResult | None:
        """Return the result of a trial that has ended; None: it has not."""
        states, task = self.optuna.trial.TrialState, self.task(trial)
        if trial.state == states.PRUNED:
            return _pruned(task, max(trial.intermediate_values, default=0))
        return _result_of(task, End(), test=self.plan.test) if trial.state == states.COMPLETE else None


def _pruned(task: Task, epoch: int) -> RunResult:
    return RunResult(task.run.directory.name, task.trial, task.seed, failure=f"pruned after epoch {epoch}")


def _message(task: Task, end: End) -> str:
    """Return the reason of a failure whose process was quiet; "" if there is a better one."""
    known = not end.exit_code or task.run.diverged_file.exists()
    return "" if known else f"exit code {end.exit_code}; resume {task.run.directory} to see why"


def _result_of(task: Task, end: End, *, test: bool) -> RunResult:
    """Return the result of a trial; a divergence is a part of a search, not a fault."""
    result = result_of(task, end, test=test)
    return result._replace(exit_code=0) if result.exit_code == DivergenceError.exit_code else result


@contextlib.contextmanager
def _readable(journal: Path) -> Iterator[None]:
    """Raise ``StorageError`` instead of what Optuna raises for a journal that is not its own."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        why, fix = f"it is not a journal of Optuna ({error})", "restore the file, or start a new sweep"
        raise StorageError("study not readable", where=journal, why=why, fix=fix) from error


def _cut_incomplete_line(journal: os.PathLike[str]) -> None:
    """Remove a line that a crash left incomplete, to which Optuna would append the next one."""
    with contextlib.suppress(FileNotFoundError), open(journal, "rb+") as file:  # noqa: PTH123
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def search_runs(
    sweep: Sweep,
    executor: RunExecutor,
    threads: int | None = None,
    source: SignalSource | None = None,
    progress: Callable[[int], object] | None = None,
) -> Generator[RunResult, None, None]:
    """Train trials until the study has enough; yield the result of every trial, first of those that have ended.

    The arguments are those of ``train_runs``.
    """
    check_sweep([sweep.config()], executor.size, sweep.plan())
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
        if progress is not None:
            trials = search.study.get_trials(deepcopy=False)
            progress(sum(search.task(trial).run.epochs_logged() for trial in trials))

    ends = train_jobs(jobs(), executor, sweep.directory, source, report, search.is_pruned)
    with contextlib.closing(ends):
        for task, end in ends:
            shown.add(task.trial - 1)
            yield search.end(task, end)
    for trial in search.study.trials:  # that another process has trained meanwhile
        if trial.number not in shown and (result := search.result(trial)) is not None:
            yield result


class StudyHistory(NamedTuple):
    """What the picture of a search shows."""

    accuracies: dict[int, float]  # validation accuracy by trial, from 1, of those that were trained to the end
    pruned: dict[int, float]  # of the last epoch of those that were stopped
    importances: dict[str, float]  # by setting, of sum 1; {}: too few trials


def study_history(sweep: Sweep) -> StudyHistory:
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
    return StudyHistory(complete, pruned, importances)


def trial_tasks(sweep: Sweep) -> list[Task]:
    """Return the runs of all trials that the study has."""
    search = Search(sweep)
    return [search.task(trial) for trial in search.study.trials]
