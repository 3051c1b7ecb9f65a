import * as echarts from 'echarts';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Continues the bar in a pale color. */
  readonly pale?: number;
  readonly label: string;
}

/** Narrow, so that a phone shows it at almost its size. */
const WIDTH = 400;
const FONT_SIZE = 13;
const NAMES_WIDTH = 165;
const LABELS_WIDTH = 55;
const BAR_HEIGHT = 24;
const TITLE_HEIGHT = 30;
/** Midtones, for light and dark pages. */
const [HIGHLIGHTED, OTHERS] = ['#2f81f7', '#8b949e'];
const PALE = '66'; // 40 %
const TEXT = '<style>text { fill: #24292f } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }</style>';

/** Groups of horizontal bars, one below the other, on one scale. The first bar of each group is highlighted. */
export function drawBars(groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[]): string {
  const max = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value, pale = 0 }) => value + pale)));
  const groupHeight = TITLE_HEIGHT + groups[0].bars.length * BAR_HEIGHT;
  const top = (index: number) => index * groupHeight;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: top(groups.length) });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'sans-serif', fontSize: FONT_SIZE },
    title: groups.map(({ title }, index) => ({ text: title, left: 0, top: top(index), padding: [8, 0], textStyle: { fontSize: FONT_SIZE } })),
    grid: groups.map((_, index) => ({ left: NAMES_WIDTH, right: LABELS_WIDTH, top: top(index) + TITLE_HEIGHT, height: groupHeight - TITLE_HEIGHT })),
    xAxis: groups.map((_, gridIndex) => ({ gridIndex, type: 'value', max, show: false })),
    yAxis: groups.map(({ bars }, gridIndex) => ({
      gridIndex, type: 'category', inverse: true, data: bars.map(({ name }) => name), axisTick: { show: false }, axisLine: { lineStyle: { color: OTHERS } }, axisLabel: { fontSize: FONT_SIZE },
    })),
    series: groups.flatMap(({ bars }, index) => ['value', 'pale'].map((part) => ({
      type: 'bar',
      stack: `${index}`,
      xAxisIndex: index,
      yAxisIndex: index,
      data: bars.map(({ value, pale = 0 }, i) => ({
        value: part === 'pale' ? pale : value, itemStyle: { color: `${i ? OTHERS : HIGHLIGHTED}${part === 'pale' ? PALE : ''}` },
      })),
      label: { show: part === 'pale', position: 'right', color: '#000', fontSize: FONT_SIZE, formatter: ({ dataIndex }: { dataIndex: number }) => bars[dataIndex].label },
    }))),
  });
  const svg = chart.renderToSVGString();
  chart.dispose(); // it would keep the process alive
  return `${svg.replace('>', `>\n${TEXT}`)}\n`;
}
