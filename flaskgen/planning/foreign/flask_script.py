"""Turn the commands of Flask-Script into those of Flask, if all that a module has of it is known."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from flaskgen.planning.foreign.code_changes import found, with_imports, without_imports

_USED = (
    *("flask_script:Manager", "flask_script:Shell", "flask_script:Server", "flask_migrate:MigrateCommand"),
)
_OF_FLASK = m.OneOf(m.Call(m.Name("Server")), m.Name("MigrateCommand"), m.Call(m.Name("Shell"), args=[]))
_SHELL = m.Call(m.Name("Shell"), [m.Arg(m.Name(), m.Name("make_context")), m.ZeroOrMore()])
_ADD = m.Call(m.Attribute(attr=m.Name("add_command")), [m.Arg(m.SimpleString()), m.Arg()])


def commands_of_flask(module: cst.Module) -> cst.Module:
    """Return a module with commands of Flask instead of Flask-Script's, which are started as before.

    ``python manage.py NAME`` still works, and so does ``flask NAME``. ``runserver`` is called ``run`` there.
    """
    made = found(module, m.Assign([m.AssignTarget(m.Name())], m.Call(m.Name("Manager"), [m.Arg(m.Name())])))
    if len(made) != 1:
        return module
    manager, app = made[0].targets[0].target.value, made[0].value.args[0].value.value
    rewriting = _Rewriting(module, manager, app)
    changed = without_imports(_USED, module.visit(rewriting))
    known = "|".join([manager, "flask_script", *(name.partition(":")[2] for name in _USED)])
    left = found(changed, m.Name(m.MatchRegex(known)))
    return module if left else with_imports(rewriting.needed, changed)


class _Rewriting(cst.CSTTransformer):
    def __init__(self, module: cst.Module, manager: str, app: str) -> None:
        super().__init__()
        self._config = module.config_for_parsing
        self._manager, self._app = manager, app
        self.needed: dict[str, None] = {}

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.RemovalSentinel:
        (statement, *more) = updated_node.body
        if more:
            return updated_node
        if m.matches(statement, m.Assign(value=m.Call(m.Name("Manager")))):
            return cst.RemoveFromParent()
        run = m.Call(m.Attribute(m.Name(self._manager), m.Name("run")), args=[])
        if m.matches(statement, m.Expr(run)):
            self.needed["flask.cli:FlaskGroup"] = None
            return self._line(f"FlaskGroup(create_app=lambda: {self._app})()", updated_node)
        for call in found(statement, _ADD) if isinstance(statement, cst.Expr) else ():
            added = call.args[1].value
            if m.matches(added, _OF_FLASK):
                return cst.RemoveFromParent()
            if m.matches(added, _SHELL):
                context = f"{self._app}.shell_context_processor({added.args[0].value.value})"
                return self._line(context, updated_node)
        return updated_node

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        command = m.Decorator(m.Attribute(m.Name(self._manager), m.Name("command")))
        parameters = self._parameters(updated_node.params)
        if not m.matches(updated_node, m.FunctionDef(decorators=[command])) or parameters is None:
            return updated_node
        self.needed |= dict.fromkeys(["click"] if parameters else [])
        given = updated_node.decorators[0]
        texts = [f'{self._app}.cli.command("{updated_node.name.value}")', *parameters]
        decorators = [cst.Decorator(cst.parse_expression(text)) for text in texts]
        decorators[0] = given.with_changes(decorator=decorators[0].decorator)
        return updated_node.with_changes(decorators=decorators)

    def _parameters(self, parameters: cst.Parameters) -> list[str] | None:
        """Return the decorators for what Flask-Script makes of a function's parameters; None if unsure."""
        texts, letters = [], set()
        for one in parameters.params:
            name = one.name.value
            if one.default is None:
                texts.append(f'click.argument("{name}")')
                continue
            if name[0] in letters or m.matches(one.default, m.Name("True")):
                return None
            letters.add(name[0])
            default = cst.Module([]).code_for_node(one.default)
            kind = "is_flag=True" if default == "False" else f"type=str, default={default}"
            texts.append(f'click.option("-{name[0]}", "--{name}", {kind})')
        return texts if len(m.findall(parameters, m.Param())) == len(parameters.params) else None

    def _line(self, text: str, instead: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
        line = cst.ensure_type(cst.parse_statement(f"{text}\n", self._config), cst.SimpleStatementLine)
        return instead.with_changes(body=line.body)
