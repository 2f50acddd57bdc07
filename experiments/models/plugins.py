"""A user's own models and features: a Python file that is named on the command line.

Every class of the file that is a ``Model`` is one of its models, under its ``name``; a list
``FEATURES`` holds its features. A file is identified by its content: whatever was made with it
needs the very same bytes again. A file that was not named is never run.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, is_dataclass
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from data.errors import ConfigError, EscalationError
from experiments.distribution import Distribution
from experiments.models.model import Model
from experiments.training_view import TrainingView
from features.catalogue import standard_features
from features.feature import Feature

__all__ = ["Plugin", "PluginFile", "PluginNeed", "load_plugin", "loaded_plugin"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MODEL_METHODS = ("__init__", "contributions", "_state", "_restore", "save")
_FEATURE_METHODS = ("signals", "column")
_SHOWN_DIGITS = 12


@dataclass(frozen=True)
class PluginNeed:
    """The plugin that a specification needs: the file's name and SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True)
class PluginFile:
    """Path of a plugin, and the SHA-256 that its content must have."""

    path: Path
    sha256: str

    def load(self) -> Plugin:
        """Return the plugin.

        Raises:
            ConfigError: The file has changed or cannot be loaded.
        """
        plugin = _LOADED.get(self.sha256) or load_plugin(self.path)
        if plugin.file.sha256 != self.sha256:
            raise ConfigError(
                f"{self.path}: the plugin was changed while it was in use: run the command again"
            )
        return plugin


@dataclass(frozen=True)
class Plugin:
    """A file's own models and features.

    Attributes:
        file: Path and digest.
        models: Classes of models, in the order of the file.
        features: Features, in the order of ``FEATURES``.
    """

    file: PluginFile
    models: tuple[type[Model], ...]
    features: tuple[Feature, ...]

    @property
    def need(self) -> PluginNeed:
        """Name and digest of the file, for a specification."""
        return PluginNeed(self.file.path.name, self.file.sha256)


_LOADED: dict[str, Plugin] = {}


def load_plugin(path: Path) -> Plugin:
    """Run a plugin's file and return what it defines; the same content is run only once.

    Raises:
        ConfigError: The file is absent, fails or defines nothing, or a name is taken.
    """
    path = path.resolve()
    try:
        source = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the plugin cannot be read: {error.strerror}") from None
    sha256 = hashlib.sha256(source).hexdigest()
    if sha256 not in _LOADED:
        module = _run(path, source, f"plugin_{sha256[:_SHOWN_DIGITS]}")
        models, features = _models(module, path), _features(module, path)
        if not models and not features:
            raise ConfigError(
                f"{path}: expected a subclass of Model or a list FEATURES, got neither"
            )
        _LOADED[sha256] = Plugin(PluginFile(path, sha256), models, features)
    return _LOADED[sha256]


def loaded_plugin(need: PluginNeed) -> Plugin:
    """Return the plugin that a specification needs.

    Raises:
        ConfigError: It was not given, or the given file has other content.
    """
    if need.sha256 in _LOADED:
        return _LOADED[need.sha256]
    wanted = f"{need.name} (sha256 {need.sha256[:_SHOWN_DIGITS]})"
    others = [p.need for p in _LOADED.values() if p.need.name == need.name]
    if others:
        raise ConfigError(
            f"made with the plugin {wanted}, but the file given now has sha256"
            f" {others[-1].sha256[:_SHOWN_DIGITS]}: give the original file"
        )
    raise ConfigError(f"made with the plugin {wanted}: add --plugin {need.name}")


def _run(path: Path, source: bytes, name: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # type hints and pickles look up the module of a class here
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 (the user's own file)
    except Exception as error:  # the user's own code may raise anything
        del sys.modules[name]
        raise _located(path, error) from error
    return module


def _models(module: ModuleType, path: Path) -> tuple[type[Model], ...]:
    models = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Model)
        if value.__module__ == module.__name__ and not value.__name__.startswith("_")
    ]
    for kind in models:
        where = f"{path}: class {kind.__name__}"
        if inspect.isabstract(kind):
            lacking = ", ".join(sorted(kind.__abstractmethods__))
            raise ConfigError(f"{where}: expected methods fit and predict, missing: {lacking}")
        if not _NAME.fullmatch(getattr(kind, "name", "")):
            raise ConfigError(
                f'{where}: expected a class attribute name such as "my_model" (a-z, 0-9, _),'
                f" got {getattr(kind, 'name', None)!r}"
            )
        if not is_dataclass(kind.settings_class):
            raise ConfigError(
                f"{where}: expected settings_class to be a dataclass, got {kind.settings_class!r}"
            )
        _guard_model(kind, path)
    _refuse_repeats([kind.name for kind in models], path)
    return tuple(models)


def _features(module: ModuleType, path: Path) -> tuple[Feature, ...]:
    features = tuple(getattr(module, "FEATURES", ()))
    for feature in features:
        if not isinstance(feature, Feature):
            raise ConfigError(f"{path}: FEATURES: expected instances of Feature, got {feature!r}")
    own = {type(feature) for feature in features if type(feature).__module__ == module.__name__}
    for kind in own:
        _guard(kind, _FEATURE_METHODS, path)
    _refuse_repeats([f.name for f in (*standard_features(), *features)], path)
    return features


def _refuse_repeats(names: Iterable[str], path: Path) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f'{path}: the name "{name}" is taken: choose another')
        seen.add(name)


def _guard_model(kind: type[Model], path: Path) -> None:
    """Let exceptions name file and line, and check what ``fit`` and ``predict`` return.

    A model that saves no state of its own is fitted again when it is loaded.
    """
    if kind._state is Model._state and kind.save is Model.save:
        kind.refits_on_loading = True
    _guard(kind, _MODEL_METHODS, path)
    _guard(kind, ("fit",), path, checked=_check_fit)
    _guard(kind, ("predict",), path, checked=_check_predict)


def _check_fit(model: Model, view: TrainingView, result: object) -> str | None:  # noqa: ARG001
    return None if result is model else f"fit must return self, got {type(result).__name__}"


def _check_predict(model: Model, view: TrainingView, result: object) -> str | None:  # noqa: ARG001
    expected = (len(view.regions), view.task.draws)
    got = result.draws.shape if isinstance(result, Distribution) else type(result).__name__
    if got == expected:
        return None
    return f"predict must return a Distribution of (regions, draws) = {expected}, got {got}"


def _guard(
    kind: type[Any],
    methods: Iterable[str],
    path: Path,
    *,
    checked: Callable[..., str | None] | None = None,
) -> None:
    for name in methods:
        method = vars(kind).get(name)
        if callable(method):
            setattr(kind, name, _guarded(method, path, f"{kind.__name__}.{name}", checked))


def _guarded(
    method: Callable[..., Any],
    path: Path,
    label: str,
    checked: Callable[..., str | None] | None,
) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **named: Any) -> Any:
        try:
            result = method(*args, **named)
        except EscalationError:
            raise
        except Exception as error:  # the user's own code may raise anything
            raise _located(path, error) from error
        wrong = checked(*args, *named.values(), result) if checked else None
        if wrong:
            raise ConfigError(f"{path}: {label}: {wrong}")
        return result

    return call


def _located(path: Path, error: Exception) -> ConfigError:
    """Return an error that names the line of the plugin from which the exception came."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    where = f"{path} line {lines[-1]}" if lines else str(path)
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    return ConfigError(f"{where}: {type(error).__name__}: {what}")
