import { Component, h, type ComponentType, type FunctionComponent } from "preact";

// Renders a component again only if one of its properties has changed.
export function memo<P extends object>(of: FunctionComponent<P>): ComponentType<P> {
  return class extends Component<P> {
    shouldComponentUpdate(next: P): boolean {
      const keys = Object.keys(next) as (keyof P)[];
      return keys.some((key) => next[key] !== this.props[key]);
    }
    render() {
      return h(of as ComponentType<P>, this.props as P & { key?: string });
    }
  };
}
